// The five routes in Express: session and flash message in cookie-session, signed.
import { fileURLToPath } from 'node:url';
import cookieSession from 'cookie-session';
import express from 'express';

const app = express();
app.set('view engine', 'ejs');
app.set('views', fileURLToPath(new URL('views', import.meta.url)));
app.use(cookieSession({ name: 'session', keys: [process.env.SECRET_KEY], sameSite: 'strict' }));

app.get('/hello', (request, response) => {
  response.type('text').send(`Hello, ${request.query.name ?? 'stranger'}!`);
});

app.get('/set', (request, response) => {
  request.session.name = 'Ada';
  response.redirect(303, '/greet');
});

app.get('/greet', (request, response) => {
  response.type('text').send(`Hello, ${request.session.name ?? 'stranger'}!`);
});

app.post('/save', (request, response) => {
  request.session.flash = { kind: 'success', message: 'Note saved.' };
  response.redirect(303, '/note');
});

app.get('/note', (request, response) => {
  const feedback = request.session.flash;
  delete request.session.flash;
  response.render('note', { feedback });
});

app.listen(Number(process.env.PORT), '127.0.0.1');
