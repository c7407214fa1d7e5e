// What the page's other scripts share: whether the server stands behind this
// page, who reads it, and a few elements.
'use strict';

/**
 * @typedef {object} Companion
 * @property {boolean} here  whether the book's own server sent this page
 * @property {() => string} reader  the reader's key, 32 hexadecimal digits
 * @property {typeof element} element
 */

/** @type {Companion} */
var companion = (() => {
  const KEY = 'http-has-no-memory.reader';

  // A browser that keeps nothing for a page still gets a key for this page.
  let key = '';
  const reader = () => {
    try {
      key ||= localStorage.getItem(KEY) ?? '';
    } catch { /* kept for this page only */ }
    if (!/^[0-9a-f]{32}$/.test(key)) {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      key = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
      try {
        localStorage.setItem(KEY, key);
      } catch { /* kept for this page only */ }
    }
    return key;
  };

  return {
    here: document.querySelector('meta[name=companion]') !== null
      && location.pathname.endsWith('print.html') === false,
    reader,
    element,
  };
})();

/**
 * An element with its attributes and children. Children are text, never markup.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
