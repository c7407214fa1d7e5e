// A faulty server of the gallery, started from the page: a button below its command. Only
// where the book is read on the machine that serves it.
'use strict';

(() => {
  const { element } = companion;
  const alone = ['127.0.0.1', 'localhost', '[::1]'].includes(location.hostname);
  if (!companion.here || !alone) return;
  const COMMAND = /^cargo snapshots gallery (\d+)$/;
  const GALLERY = '/companion/gallery';
  /** Between two looks, in milliseconds. */
  const LOOK = 500;

  /**
   * What became of the server that was started last.
   *
   * @typedef {{ state: 'none' | 'starting' | 'running' | 'ended', fault?: number, url?: string, why?: string }} Standing
   */

  /** @returns {Promise<Standing>} */
  const ask = async (/** @type {RequestInit | undefined} */ how) => {
    const answer = await fetch(GALLERY, how);
    if (!answer.ok) return { state: 'ended', why: `The server answers ${answer.status}.` };
    return answer.status === 204 ? { state: 'none' } : answer.json();
  };

  /** The button below a command. @param {Element} command @param {number} fault */
  const addTo = (command, fault) => {
    const button = element('button', { type: 'button' }, 'Start it from here');
    const status = element('span', { role: 'status' });
    let runs = false;

    /** @param {Standing} standing */
    const show = ({ state, fault: other, url = '', why = '' }) => {
      const own = state !== 'none' && (other === undefined || other === fault);
      runs = own && (state === 'starting' || state === 'running');
      button.textContent = runs ? 'Stop it' : 'Start it from here';
      if (!own) status.textContent = '';
      else if (state === 'starting') status.textContent = 'It starts. If it is to be built first, that takes a minute …';
      else if (state === 'ended') status.textContent = why;
      else {
        const link = element('a', { href: url, target: 'http-has-no-memory' }, url);
        status.replaceChildren('It listens at ', link, ' until you stop it.');
      }
      if (own && state === 'starting') setTimeout(look, LOOK);
    };
    /** @param {RequestInit} [how] */
    const look = async how => {
      try {
        show(await ask(how));
      } catch {
        show({ state: 'ended', why: 'The server doesn’t answer. Start it: cargo run' });
      }
    };

    button.addEventListener('click', async () => {
      const stops = runs;
      await look(stops ? { method: 'DELETE' } : {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ fault }),
      });
      if (stops && !runs && !status.textContent) status.textContent = 'It has ended, and its port is free.';
    });
    const line = element('p', { class: 'gallery' }, button, ' ', status);
    command.after(line);
    // It may run since another visit. Who never comes here asks for nothing.
    new IntersectionObserver((entries, observer) => {
      if (!entries.some(entry => entry.isIntersecting)) return;
      observer.disconnect();
      void look();
    }).observe(line);
  };

  for (const code of document.querySelectorAll('main pre > code')) {
    const [, fault] = COMMAND.exec(code.textContent?.trim() ?? '') ?? [];
    const command = code.closest('pre');
    if (fault && command) addTo(command, Number(fault));
  }
})();
