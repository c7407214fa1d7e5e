// A faulty server of the gallery, started from the page: a button below its command. Only
// where the book is read on the machine that serves it.
'use strict';

(() => {
  const { element } = companion;
  const alone = ['127.0.0.1', 'localhost', '[::1]'].includes(location.hostname);
  if (!companion.here || !alone) return;
  const COMMAND = /^cargo snapshots gallery (\d+)$/;

  /** The button below a command. @param {Element} command @param {number} fault */
  const addTo = (command, fault) => {
    const button = element('button', { type: 'button' }, 'Start it from here');
    const status = element('span', { role: 'status' });
    let runs = false;

    const start = async () => {
      status.textContent = 'It is being built, where it is not yet. That can take a minute …';
      const answer = await fetch('/companion/gallery', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ fault }),
      });
      const { url, error } = await answer.json();
      runs = answer.ok;
      if (!runs) {
        status.textContent = error;
        return;
      }
      const link = element('a', { href: url, target: 'http-has-no-memory' }, url);
      status.replaceChildren('It listens at ', link, ' until you stop it.');
    };
    const stop = async () => {
      await fetch('/companion/gallery', { method: 'DELETE' });
      runs = false;
      status.textContent = 'It has ended, and its port is free.';
    };

    button.addEventListener('click', async () => {
      // Still where the focus is, so not disabled.
      if (button.getAttribute('aria-disabled') === 'true') return;
      button.setAttribute('aria-disabled', 'true');
      try {
        await (runs ? stop() : start());
      } catch {
        status.textContent = 'The server doesn’t answer. Start it: cargo run';
      }
      button.removeAttribute('aria-disabled');
      button.textContent = runs ? 'Stop it' : 'Start it from here';
    });
    command.after(element('p', { class: 'gallery' }, button, ' ', status));
  };

  for (const code of document.querySelectorAll('main pre > code')) {
    const [, fault] = COMMAND.exec(code.textContent?.trim() ?? '') ?? [];
    const command = code.closest('pre');
    if (fault && command) addTo(command, Number(fault));
  }
})();
