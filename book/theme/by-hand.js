// "Do it yourself": the steps of an exchange as links and forms for the reader's own
// browser, ticked off from the wire as they happen. Only for an exchange that a
// browser can do by links and forms alone.
'use strict';

(() => {
  if (!companion.here) return;
  const { element } = companion;

  /** The tab that the steps open in, so that the page stays in sight. */
  const TAB = 'http-has-no-memory';
  const FORM = 'application/x-www-form-urlencoded';
  /** The longest value that a button shows, in letters. */
  const MOST = 60;
  /** Directives that change nothing of what a browser sends. */
  const HARMLESS = ['exact', 'all-headers', 'follow'];

  /**
   * @typedef {object} Step
   * @property {string} method
   * @property {string} target  path and query
   * @property {string} body  a form's, or empty
   * @property {boolean} follows  whether the browser sends it by itself
   */

  /**
   * A step out of its `.http` text; nothing where a browser needs more than a link or
   * a form for it.
   *
   * @param {string} text
   * @returns {Step | null}
   */
  const parse = text => {
    const [head, ...bodies] = text.split('\n\n');
    const lines = head.split('\n').filter(line => !line.startsWith('###'));
    const directives = lines.filter(line => line.startsWith('# @')).map(line => line.slice(3));
    const [request = '', ...headers] = lines.filter(line => line && !line.startsWith('#'));
    const [method, address] = request.split(' ');
    const follows = directives.includes('follow');
    const body = bodies.join('\n\n').trim();
    const simple = directives.every(directive => HARMLESS.includes(directive))
      && (method === 'GET' || method === 'POST')
      && !address.includes('{{') && !body.includes('{{')
      && headers.every(header => header.toLowerCase() === `content-type: ${FORM}`)
      && (body === '' || headers.length === 1);
    if (!simple) return null;
    const url = new URL(address);
    // Any other name is another server's, also this machine's own other one.
    if (url.hostname !== '127.0.0.1') return null;
    return { method, target: url.pathname + url.search, body, follows };
  };

  /**
   * What the reader presses.
   *
   * @param {Step} step
   */
  const control = ({ method, target, body, follows }) => {
    const words = `${method} ${target}`;
    if (follows) return element('span', {}, element('samp', {}, words), ', which your browser does by itself');
    if (method === 'GET') return element('a', { href: target, target: TAB }, words);
    const fields = [...new URLSearchParams(body)];
    const named = fields.map(([name, value]) => `${name}=${brief(value)}`).join(', ');
    return element(
      'form', { method: 'post', action: target, target: TAB },
      ...fields.map(([name, value]) => element('input', { type: 'hidden', name, value })),
      element('button', { type: 'submit' }, named ? `${words} with ${named}` : words),
    );
  };

  /**
   * A field's value as a form shows it: none that is long, and none that is not to be seen.
   *
   * @param {string} value
   */
  const brief = value => {
    if (value.length > MOST) return `${value.slice(0, 8)}… (${value.length} letters)`;
    return value.trim() === value && value ? value : `“${value}”`;
  };

  /** The words of an answer: of a page, those that it shows. @param {string} text */
  const shown = text => new DOMParser().parseFromString(text, 'text/html').body.textContent ?? '';

  // A lesson's page has no way back to the book: it opens in that tab, too.
  for (const link of document.querySelectorAll('.content main a[href^="/"]:not([href^="/book/"])')) {
    link.setAttribute('target', TAB);
  }

  for (const figure of document.querySelectorAll('http-exchange > figure')) {
    const items = [...figure.querySelectorAll('li.step')];
    const steps = items.map(item => {
      const data = JSON.parse(/** @type {HTMLElement} */ (item).dataset.step ?? '{}');
      return parse(data.http ?? '');
    });
    if (steps.some(step => step === null)) continue;
    const todo = steps.map(step => /** @type {Step} */ (step));
    const pinned = items.map(item => ({
      status: item.querySelector('.message.response samp b')?.textContent ?? '',
      says: item.querySelector('.message.response .says')?.textContent ?? '',
    }));

    // A browser follows a redirect at once, and that page may take what a later step waits for.
    const leaves = /^30[12378]/;
    if (todo.some(({ follows }, at) => at > 0 && !follows && leaves.test(pinned[at - 1].status))) continue;

    const open = element('button', { type: 'button', 'aria-expanded': 'false' }, 'Do it yourself');
    /** @type {HTMLElement | null} */
    let panel = null;
    open.addEventListener('click', () => {
      panel ??= made(figure, todo, pinned);
      panel.hidden = !panel.hidden;
      open.setAttribute('aria-expanded', String(!panel.hidden));
      if (!panel.hidden) panel.querySelector('button')?.focus();
    });
    figure.querySelector('.controls > .status')?.before(open);
  }

  /**
   * The panel, in its figure, and ready to hear of what is done.
   *
   * @param {Element} figure
   * @param {Step[]} todo
   * @param {{ status: string, says: string }[]} pinned
   */
  function made(figure, todo, pinned) {
    let next = 0;
    const ticks = todo.map(() => element('span', {}));
    const status = element('p', { class: 'status', role: 'status' });
    const begin = element('button', { type: 'button' }, 'Empty my jar, and begin');
    begin.addEventListener('click', async () => {
      for (const tick of ticks) tick.replaceChildren();
      next = 0;
      try {
        const answer = await fetch('/companion/jar', { method: 'DELETE' });
        status.textContent = answer.ok ? 'Your jar is empty. Step 1 is next.' : await answer.text();
        document.dispatchEvent(new Event('jar-emptied'));
      } catch {
        status.textContent = 'The server doesn’t answer. Start it: cargo run';
      }
    });
    const panel = element(
      'section', { class: 'by-hand', 'aria-label': 'Do it yourself', hidden: '' },
      element('p', {}, 'In your own browser, in a tab beside this one:'),
      begin,
      element('ol', {}, ...todo.map((step, index) => element('li', {}, control(step), ' ', ticks[index]))),
      status,
    );
    figure.querySelector('.controls')?.before(panel);

    document.addEventListener('wire', event => {
      const { request, response } = /** @type {CustomEvent} */ (event).detail;
      const step = todo[next];
      if (panel.hidden || !step) return;
      if (request.method !== step.method || request.target !== step.target) return;
      const wanted = pinned[next];
      const says = wanted.says === '' || shown(response.body.text ?? '').includes(wanted.says);
      const same = String(response.status) === wanted.status && says;
      const words = same
        ? `${response.status}, as pinned`
        : `${response.status}, and the pin has ${wanted.status}${wanted.says && ` “${wanted.says}”`}. Was your jar empty?`;
      ticks[next].replaceChildren(element('span', { class: same ? 'tick' : 'tick differs' }, words));
      next += 1;
      if (next < todo.length) status.textContent = `Step ${next + 1} is next.`;
      else {
        const all = panel.querySelectorAll('.tick.differs').length === 0;
        status.textContent = all
          ? 'Done. Your browser got each answer as it is pinned.'
          : 'Done, with answers that are not as pinned. Empty your jar, and try again.';
      }
    });
    return panel;
  }
})();
