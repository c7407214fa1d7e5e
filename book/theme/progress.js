// Finished pages and right predictions, kept in this browser.
'use strict';

(() => {
  const { element } = companion;
  const KEY = 'http-has-no-memory.progress';

  /**
   * @typedef {object} Progress
   * @property {1} version
   * @property {string[]} pages  the finished ones' slugs
   * @property {Record<string, boolean>} predictions  the last of each question
   * @property {string[]} solved  the steps of "Your turn", as their headings are linked
   * @property {number} since  what was solved before is not counted, in milliseconds
   */

  /** @returns {Progress} */
  const nothing = () => ({ version: 1, pages: [], predictions: {}, solved: [], since: 0 });

  /**
   * A progress out of any text; nothing for what is none.
   *
   * @param {string | null} text
   * @returns {Progress | null}
   */
  const parse = text => {
    try {
      const value = JSON.parse(text ?? 'null');
      if (value?.version !== 1 || !Array.isArray(value.pages)) return null;
      const predictions = Object.entries(value.predictions ?? {})
        .filter(([, right]) => typeof right === 'boolean');
      const texts = (/** @type {unknown[]} */ all) => all.filter(it => typeof it === 'string');
      return {
        version: 1,
        pages: texts(value.pages),
        predictions: Object.fromEntries(predictions),
        // Not there in what an earlier version of the book has kept.
        solved: Array.isArray(value.solved) ? texts(value.solved) : [],
        since: Number(value.since) || 0,
      };
    } catch {
      return null;
    }
  };

  const load = () => {
    try {
      return parse(localStorage.getItem(KEY)) ?? nothing();
    } catch {
      return nothing();
    }
  };

  /** @param {Progress} progress */
  const save = progress => {
    try {
      localStorage.setItem(KEY, JSON.stringify(progress));
    } catch { /* this browser keeps nothing; the page still works */ }
    show();
  };

  const slug = (/** @type {string} */ path) =>
    (path.split('/').pop() ?? '').replace(/\.html$/, '');
  const here = slug(location.pathname);

  const lessons = () => {
    const links = document.querySelectorAll('#mdbook-sidebar a[href$=".html"]');
    return [...links].map(link => /** @type {HTMLAnchorElement} */ (link));
  };

  // A page with a "Your turn" is one that can be finished, step by step.
  const turn = document.getElementById('your-turn');
  const steps = turn ? [...document.querySelectorAll('main h3')]
    .filter(it => ['predict', 'change', 'build', 'break-and-mend'].includes(it.id)) : [];
  const predicted = `${here}#predict`;

  const counts = element('p', { class: 'counts', role: 'status' });
  const finish = element('button', { type: 'button', class: 'finish' });

  function show() {
    const progress = load();
    for (const link of lessons()) {
      link.querySelector('.done')?.remove();
      if (progress.pages.includes(slug(link.pathname))) {
        link.append(element('span', { class: 'done' }, '✓ finished'));
      }
    }
    for (const step of steps) {
      step.querySelector('.done')?.remove();
      const name = `${here}#${step.id}`;
      if (progress.solved.includes(name) || progress.predictions[name]) {
        step.append(element('span', { class: 'done' }, '✓ solved'));
      }
    }
    const right = Object.values(progress.predictions).filter(Boolean).length;
    const all = Object.keys(progress.predictions).length;
    const pages = progress.pages.length;
    counts.textContent = pages + all + progress.solved.length === 0
      ? 'This browser keeps count of the pages you finish and of your predictions.'
      : `Finished: ${pages} ${pages === 1 ? 'page' : 'pages'}.`
      + (all ? ` Right predictions: ${right} of ${all}.` : '')
      + (progress.solved.length ? ` Solved with watch: ${progress.solved.length}.` : '');
    const done = progress.pages.includes(here);
    finish.textContent = done ? '✓ This page is finished' : 'I have finished this page';
    finish.setAttribute('aria-pressed', String(done));
  }

  finish.addEventListener('click', () => {
    const progress = load();
    const done = progress.pages.includes(here);
    progress.pages = progress.pages.filter(page => page !== here);
    if (!done) progress.pages.push(here);
    save(progress);
  });

  document.addEventListener('prediction', event => {
    const { id, right } = /** @type {CustomEvent} */ (event).detail;
    const progress = load();
    progress.predictions[id] = right;
    save(progress);
  });

  for (const choice of document.querySelectorAll('details.choice')) {
    choice.addEventListener('toggle', () => {
      // Who has found it may look at the others.
      if (!choice.matches('[open]') || load().predictions[predicted]) return;
      const right = choice.matches('.is-right');
      document.dispatchEvent(new CustomEvent('prediction', { detail: { id: predicted, right } }));
    });
  }

  /** What `cargo snapshots watch` has found on this machine since the last look. */
  const look = async () => {
    try {
      const answer = await fetch('/companion/solved');
      const found = Object.entries(answer.ok ? await answer.json() : {});
      const progress = load();
      const fresh = found.filter(([step, at]) => at > progress.since && !progress.solved.includes(step));
      if (!fresh.length) return;
      progress.solved.push(...fresh.map(([step]) => step));
      save(progress);
    } catch { /* the server has stopped; the next look tells */ }
  };

  const said = element('p', { class: 'said', role: 'status' });

  const exports = element('button', { type: 'button' }, 'Export');
  exports.addEventListener('click', () => {
    const file = new Blob([JSON.stringify(load(), null, 2)], { type: 'application/json' });
    const link = element('a', { href: URL.createObjectURL(file), download: 'progress.json' });
    link.click();
    URL.revokeObjectURL(link.href);
    said.textContent = 'Saved as progress.json, where this browser puts its downloads.';
  });

  const chooser = element('input', { type: 'file', accept: '.json,application/json', hidden: '', 'aria-label': 'A progress file' });
  chooser.addEventListener('change', async () => {
    const progress = parse(await chooser.files?.[0]?.text() ?? null);
    chooser.value = '';
    said.textContent = progress
      ? 'Imported.'
      : 'This file is not one that Export made. Nothing was changed.';
    if (progress) save(progress);
  });
  const imports = element('button', { type: 'button' }, 'Import');
  imports.addEventListener('click', () => chooser.click());

  // Twice, so that one slip of the hand loses nothing.
  const reset = element('button', { type: 'button' }, 'Reset');
  reset.addEventListener('click', () => {
    if (reset.textContent === 'Reset') {
      reset.textContent = 'Reset: are you sure?';
      return;
    }
    reset.textContent = 'Reset';
    save({ ...nothing(), since: Date.now() });
    said.textContent = 'All progress is gone.';
  });
  reset.addEventListener('blur', () => { reset.textContent = 'Reset'; });

  if (turn) document.querySelector('.content main')?.append(element('p', {}, finish));

  const panel = element(
    'section',
    { class: 'progress', 'aria-label': 'Your progress' },
    counts, exports, imports, reset, chooser, said,
  );
  document.querySelector('#mdbook-sidebar .sidebar-scrollbox')?.append(panel);

  // Where a reader stopped is where the book opens: the page, and the heading that
  // was last at its top.
  const PLACE = 'http-has-no-memory.place';
  const opens = /\/book\/(index\.html)?$/.test(location.pathname);
  try {
    const place = localStorage.getItem(PLACE);
    const [entry] = performance.getEntriesByType('navigation');
    const typed = /** @type {PerformanceNavigationTiming} */ (entry)?.type === 'navigate';
    if (opens && typed && !location.hash && place && /^[a-z-]+\.html(#[\w-]*)?$/.test(place)) {
      location.replace(place);
    }
    addEventListener('pagehide', () => {
      const headings = [...document.querySelectorAll('.content :is(h2, h3)[id]')];
      const passed = headings.filter(it => it.getBoundingClientRect().top < 120).pop();
      const page = opens ? 'start.html' : location.pathname.split('/').pop();
      if (page === '404.html' || page === 'print.html') return;
      localStorage.setItem(PLACE, `${page}${passed ? `#${passed.id}` : ''}`);
    });
  } catch { /* this browser keeps nothing; the book opens at its front */ }

  // Another tab of the book may have changed it.
  addEventListener('storage', event => { if (event.key === KEY) show(); });
  show();
  if (turn && companion.here) {
    // Back from the terminal.
    addEventListener('focus', look);
    void look();
  }
})();
