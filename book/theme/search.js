// Search is loaded when it is opened: few pages are read with it.
(() => {
  const own = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  const file = own?.dataset.search;
  const button = document.getElementById('mdbook-search-toggle');
  // Where each file is linked for itself, mdBook's search is there already.
  if (!own || !file || !button) return;

  const load = (/** @type {() => void} */ then) => {
    removeEventListener('keydown', onKey, true);
    button?.removeEventListener('click', onClick, true);
    const script = document.createElement('script');
    script.src = new URL(file, own.src).href;
    script.addEventListener('load', then);
    document.body.append(script);
  };

  /** @param {Event} event */
  function onClick(event) {
    event.stopImmediatePropagation();
    load(() => button?.click());
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !['s', '/'].includes(event.key)) return;
    const there = /** @type {HTMLElement} */ (event.target);
    if (there.closest?.('input, textarea, select, [role=dialog], #dock, .exchange')) return;
    event.preventDefault();
    event.stopPropagation();
    load(() => button?.click());
  }

  // An address that asks for a search, or for what one has found, is answered at once.
  if (/[?&](search|highlight)=/.test(location.search)) {
    load(() => {});
    return;
  }
  button.addEventListener('click', onClick, true);
  addEventListener('keydown', onKey, true);
})();
