// What mdBook's shell leaves out for keyboards, screen readers and forms. Without
// this script the pages read the same, and the pointer still works.
(() => {
  // The button for the table of contents is a label, which no key reaches.
  const label = document.getElementById('mdbook-sidebar-toggle');
  const checkbox = /** @type {HTMLInputElement | null} */ (
    document.getElementById('mdbook-sidebar-toggle-anchor')
  );
  if (label && checkbox) {
    const button = document.createElement('button');
    button.type = 'button';
    for (const { name, value } of label.attributes) {
      if (name !== 'for') button.setAttribute(name, value);
    }
    button.append(...label.childNodes);
    button.addEventListener('click', () => checkbox.click());
    checkbox.addEventListener('change', () => {
      button.setAttribute('aria-expanded', String(checkbox.checked));
    });
    label.replaceWith(button);
  }

  // A table of contents that is out of sight is out of a key's way, too.
  if (checkbox && !checkbox.checked) {
    for (const link of document.querySelectorAll('#mdbook-sidebar a')) {
      link.setAttribute('tabindex', '-1');
    }
  }

  // Of mdBook's themes two are left, by the names that say what they are.
  const navy = document.getElementById('mdbook-theme-navy');
  if (navy) navy.textContent = 'Dark';

  // The menu bar is no landmark.
  document.getElementById('mdbook-menu-bar')?.setAttribute('role', 'banner');

  // A table and code that are wider than the page scroll; keys must be able to.
  for (const wide of document.querySelectorAll('.table-wrapper, .content pre > code')) {
    if (wide.scrollWidth > wide.clientWidth) wide.setAttribute('tabindex', '0');
  }

  // mdBook's search stops every form on the page, to stop its own.
  for (const form of document.querySelectorAll('form.lab')) {
    form.addEventListener('submit', event => event.stopPropagation());
  }
})();
