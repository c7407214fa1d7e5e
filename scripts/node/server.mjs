// The six lessons once more, in Node without a package: sessions in a signed
// cookie, as Flask has them. The checks must find nothing wrong with it.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const key = process.env.SECRET_KEY ?? randomBytes(32);
const sign = text => createHmac('sha256', key).update(text).digest('base64url');

/** The session that a cookie holds, if this server wrote it. */
function open(cookie = '') {
  const [text, tag = ''] = cookie.split('.');
  const wanted = Buffer.from(sign(text));
  const found = Buffer.from(tag);
  if (wanted.length !== found.length || !timingSafeEqual(wanted, found)) return {};
  return JSON.parse(Buffer.from(text, 'base64url').toString());
}

/** The session as a cookie's value. */
function seal(session) {
  const text = Buffer.from(JSON.stringify(session)).toString('base64url');
  return `${text}.${sign(text)}`;
}

const escape = text => text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`);
const text = body => ({ status: 200, type: 'text/plain', body });
const redirect = (location, status = 303) => ({ status, location, body: '' });
const page = (heading, body) => ({
  status: 200,
  type: 'text/html',
  body: `<!doctype html>\n<html lang="en"><title>${heading}</title><h1>${heading}</h1>${body}`,
});

/** The message that waits, as markup; it leaves the session. */
function message(session) {
  if (!session.flash) return '';
  const { role, words } = session.flash;
  delete session.flash;
  return `<p role="${role}">${escape(words)}</p>`;
}

function notes(session, shown) {
  const items = session.notes?.length ? session.notes : ['There are none yet.'];
  return page('Your notes', `${shown}<ul>${items.map(note => `<li>${escape(note)}</li>`).join('')}</ul>`);
}

let guest = '';

/** The note that a form's body has, or an empty text. */
const noteIn = (body) => (new URLSearchParams(body).get('text') ?? '').trim();

const routes = {
  'GET /hello': ({ query }) => text(`Hello, ${query.get('name') ?? 'stranger'}!`),
  'POST /guest': ({ body }) => { guest = body; return text(`I will remember ${guest}.`); },
  'GET /guest': () => text(`Hello, ${guest || 'stranger'}!`),
  'GET /set': ({ session }) => { session.name = 'Ada'; return redirect('/greet'); },
  'GET /greet': ({ session }) => text(`Hello, ${session.name ?? 'stranger'}!`),
  'GET /visits': ({ session, query }) => {
    const name = query.get('name');
    if (name !== null && Buffer.byteLength(name) <= 100) session.visitor = name;
    session.visits = (session.visits ?? 0) + 1;
    return text(`Hello, ${session.visitor ?? 'stranger'}! This is visit ${session.visits}.`);
  },
  'GET /seal': ({ session }) => {
    session.sealed = 'Ada';
    return { ...redirect('/open'), cookies: ['plain=Ada; Path=/; SameSite=Lax'] };
  },
  'GET /open': ({ session, cookies }) => text(
    `The plain cookie says ${cookies.plain ?? 'nothing'}. The sealed cookie says ${session.sealed ?? 'nothing'}.`,
  ),
  'GET /old-home': () => redirect('/greet'),
  'GET /first': () => redirect(`/people/${encodeURIComponent('Ada Lovelace')}`),
  'GET /parcel': () => text('It came as a GET, and its contents stayed behind.'),
  'POST /parcel': ({ body }) => text(`It came as a POST, with ${body}.`),
  'POST /save': ({ session }) => {
    session.flash = { role: 'status', words: 'Note saved.' };
    return redirect('/note');
  },
  'POST /discard': ({ session }) => {
    session.flash = { role: 'alert', words: 'Note discarded.' };
    return redirect('/note');
  },
  'GET /note': ({ session }) => page('A note', message(session)),
  'GET /notes': ({ session }) => notes(session, message(session)),
  'POST /notes': ({ session, body, headers }) => {
    if ((headers.origin ?? `http://${headers.host}`) !== `http://${headers.host}`) {
      return { status: 403, type: 'text/plain', body: 'Only a form of this server\'s own page may ask for this.' };
    }
    const note = noteIn(body);
    session.flash = note
      ? { role: 'status', words: 'Note saved.' }
      : { role: 'alert', words: 'A note needs at least one word.' };
    if (note.length >= 2000) {
      session.flash = { role: 'alert', words: 'That note does not fit. Your other notes are safe.' };
    } else if (note) session.notes = [...session.notes ?? [], note];
    return redirect('/notes');
  },
  'POST /notes/careless': ({ session, body }) => {
    const note = noteIn(body);
    if (note) session.notes = [...session.notes ?? [], note];
    return notes(session, '');
  },
};

/** The routes with a name or a number in their path. */
function other(method, path) {
  const person = /^\/people\/([^/]+)$/.exec(path);
  if (method === 'GET' && person) return text(`Hello, ${decodeURIComponent(person[1])}!`);
  const parcel = /^\/parcel\/(301|302|303|307|308)$/.exec(path);
  if (method === 'POST' && parcel) return redirect('/parcel', Number(parcel[1]));
  return { status: 404, type: 'text/plain', body: 'There is nothing here.' };
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://server');
  const pairs = (request.headers.cookie ?? '').split('; ').map(pair => pair.split(/=(.*)/s));
  const cookies = Object.fromEntries(pairs);
  const session = open(cookies.session);
  const before = JSON.stringify(session);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  let body = '';
  for await (const chunk of request) body += chunk;
  const handler = routes[`${method} ${url.pathname}`];
  const answer = handler
    ? handler({ session, cookies, body, headers: request.headers, query: url.searchParams })
    : other(method, url.pathname);
  const set = answer.cookies ?? [];
  if (JSON.stringify(session) !== before) {
    set.push(`session=${seal(session)}; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax`);
  }
  response.statusCode = answer.status;
  if (answer.type) response.setHeader('Content-Type', `${answer.type}; charset=utf-8`);
  if (answer.location) response.setHeader('Location', answer.location);
  if (set.length) response.setHeader('Set-Cookie', set);
  response.setHeader('Vary', 'Cookie');
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}).listen(Number(process.env.PORT ?? 8001), '127.0.0.1');
