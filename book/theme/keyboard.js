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
    // mdBook hides a table of contents that is closed, and shows it again only when its
    // own label is clicked. By a swipe it is open or closed with the checkbox as it was.
    // The page's class is what all of them set.
    const sidebar = document.getElementById('mdbook-sidebar');
    const page = document.documentElement;
    const set = () => {
      checkbox.checked = page.classList.contains('sidebar-visible');
      button.setAttribute('aria-expanded', String(checkbox.checked));
      if (sidebar) sidebar.style.display = checkbox.checked ? '' : 'none';
    };
    set();
    new MutationObserver(set).observe(page, { attributeFilter: ['class'] });
    button.addEventListener('click', () => {
      checkbox.click();
      set();
      // It stands before the button, and opens where the reader is.
      const here = sidebar?.querySelector('a.active') ?? sidebar?.querySelector('a');
      if (checkbox.checked) /** @type {HTMLElement | null | undefined} */ (here)?.focus();
    });
    // On a phone it covers the heading that a link of it leads to.
    sidebar?.addEventListener('click', event => {
      const link = /** @type {Element} */ (event.target).closest('a');
      if (link?.pathname === location.pathname && innerWidth < 620) checkbox.click();
    });
    sidebar?.addEventListener('keydown', event => {
      if (event.key !== 'Escape') return;
      checkbox.click();
      button.focus();
    });
    label.replaceWith(button);
  }

  // Of mdBook's themes two are left, by the names that say what they are.
  const navy = document.getElementById('mdbook-theme-navy');
  if (navy) navy.textContent = 'Dark';

  // The menu bar is no landmark.
  const bar = document.getElementById('mdbook-menu-bar');
  bar?.setAttribute('role', 'banner');

  // After a leap upwards mdBook leaves it in the middle of what is seen, until the next
  // time that something scrolls.
  document.addEventListener('scroll', event => {
    if (event.isTrusted && bar && bar.getBoundingClientRect().top > 0) {
      document.dispatchEvent(new Event('scroll'));
    }
  }, { passive: true });

  // A table and code that are wider than the page scroll: keys must be able to, and
  // their edge shows that there is more.
  const edge = (/** @type {Element} */ box) => {
    const beyond = box.scrollWidth - box.clientWidth;
    box.classList.toggle('more', box.scrollLeft < beyond - 1);
    if (beyond > 0) box.setAttribute('tabindex', '0');
    else box.removeAttribute('tabindex');
  };
  const sizes = new ResizeObserver(all => all.forEach(({ target }) => edge(target)));
  for (const wide of document.querySelectorAll('.table-wrapper, .content pre > code')) {
    edge(wide);
    sizes.observe(wide);
    wide.addEventListener('scroll', () => edge(wide), { passive: true });
    if (wide.matches('.table-wrapper')) {
      wide.setAttribute('role', 'group');
      wide.setAttribute('aria-label', 'A table, which may scroll sideways');
    }
  }

  // mdBook's search stops every form on the page, to stop its own.
  for (const form of document.querySelectorAll('form.lab')) {
    form.addEventListener('submit', event => {
      event.stopPropagation();
      form.classList.add('sent');
    });
    for (const input of form.querySelectorAll('input')) input.required = true;
    // A refusal has a link to the book: not into the frame that stands in it.
    const frame = form.querySelector('iframe');
    frame?.addEventListener('load', () => {
      for (const link of frame.contentDocument?.links ?? []) link.target = '_top';
    });
  }
})();
