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
   */

  /** @returns {Progress} */
  const nothing = () => ({ version: 1, pages: [], predictions: {} });

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
      const pages = value.pages.filter((/** @type {unknown} */ page) => typeof page === 'string');
      return { version: 1, pages, predictions: Object.fromEntries(predictions) };
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
    const right = Object.values(progress.predictions).filter(Boolean).length;
    const all = Object.keys(progress.predictions).length;
    const pages = progress.pages.length;
    counts.textContent = pages + all === 0
      ? 'This browser keeps count of the pages you finish and of your predictions.'
      : `Finished: ${pages} ${pages === 1 ? 'page' : 'pages'}.`
      + (all ? ` Right predictions: ${right} of ${all}.` : '');
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
    save(nothing());
    said.textContent = 'All progress is gone.';
  });
  reset.addEventListener('blur', () => { reset.textContent = 'Reset'; });

  // A page with a "Your turn" is one that can be finished.
  const turn = document.getElementById('your-turn');
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
})();
