// The dock: what passed between this reader's browser (and curl) and the
// lessons, newest first, and the jar as the server sees it. Without the server
// there is no wire, and no dock.
'use strict';

(() => {
  if (!companion.here) return;
  const { element } = companion;

  /**
   * @typedef {{ name: string, value: string }} Header
   * @typedef {object} Taken
   * @property {string} id
   * @property {number} at  unix milliseconds
   * @property {number} micros
   * @property {string} from
   * @property {{ method: string, target: string, headers: Header[], body: string | null }} request
   * @property {{ status: number, reason: string, headers: Header[], body: { size: number | null, text?: string, cut: boolean } }} response
   */

  /** How many turns the dock holds; the server's ring has as many. */
  const MOST = 200;
  /** How many turns of the page one of the wire's names. */
  const NAMED = 3;
  /** How many of a browser's tabs keep a stream: a browser opens six in all. */
  const TABS = 3;

  /**
   * A line for each header, and the page that teaches it. A map, since a header
   * may go by any name, and an object has some already.
   *
   * @type {Map<string, [string, string]>}
   */
  const MEANINGS = new Map(Object.entries({
    'accept': ['What the client can show.', ''],
    'accept-encoding': ['How the answer may be compressed.', ''],
    'accept-language': ['The reader’s languages.', ''],
    'authorization': ['Who asks. The wire leaves it out.', ''],
    'allow': ['The methods that the address takes.', 'flash'],
    'cache-control': ['How long a copy may be kept, and by whom.', 'login-ends'],
    'connection': ['Whether the connection stays open.', 'no-memory'],
    'content-length': ['The body’s length in bytes.', ''],
    'content-encoding': ['How the body is compressed.', ''],
    'content-security-policy': ['What the page may load and run, and who may frame it. The lessons add it.', 'login-ends'],
    'content-type': ['What the body is.', 'no-memory'],
    'cookie': ['What the jar held for this address. The server has no other memory of the browser.', 'session'],
    'etag': ['The version of what came. The client may ask whether it is still the one.', ''],
    'expires': ['Until when a copy may be kept.', ''],
    'host': ['The name the client knows the server by. A jar goes by it, too.', 'session'],
    'if-none-match': ['The version that the client has.', ''],
    'location': ['Where the browser goes next.', 'redirects'],
    'origin': ['The site of the page that asked.', ''],
    'permissions-policy': ['What the page may not use. Rocket adds it to every answer.', 'no-memory'],
    'pragma': ['An old way to ask for no copy.', ''],
    'priority': ['How soon the client would like it.', ''],
    'referer': ['The page that the reader came from.', ''],
    'referrer-policy': ['To whom the browser tells where a reader comes from. The lessons add it.', 'login-ends'],
    'sec-fetch-dest': ['What the answer is for.', ''],
    'sec-fetch-mode': ['Whether a reader navigates or a script fetches.', ''],
    'sec-fetch-site': ['Whether the book’s own page asks, or another site’s.', ''],
    'sec-fetch-user': ['Whether a person clicked.', ''],
    'server': ['What the server calls itself.', 'no-memory'],
    'set-cookie': ['What the browser is asked to keep, for how long, and where to send it.', 'session'],
    'stripe-signature': ['The time of a delivery, and its tag.', 'webhooks'],
    'transfer-encoding': ['The body comes in pieces.', ''],
    'upgrade-insecure-requests': ['The client would rather use https.', ''],
    'user-agent': ['What the client calls itself.', ''],
    'vary': ['Which of the request’s headers the answer depends on.', 'login-ends'],
    'webhook-id': ['The delivery’s name. It is taken once.', 'webhooks'],
    'webhook-signature': ['The tags of a delivery, one for each secret.', 'webhooks'],
    'webhook-timestamp': ['When the delivery was sent.', 'webhooks'],
    'x-content-type-options': ['Take the body for what it says it is. Rocket adds it.', 'no-memory'],
    'x-github-delivery': ['The delivery’s name. It is taken once.', 'webhooks'],
    'x-hub-signature-256': ['The tag of a delivery’s body.', 'webhooks'],
    'x-frame-options': ['No other site may frame the page. Rocket adds it.', 'no-memory'],
  }));

  /** @type {Taken[]} the newest first */
  let turns = [];
  let unread = 0;
  const SEEN = 'http-has-no-memory.seen';
  /** When the newest turn came that this reader has seen; none before the first visit is new. */
  let seen = Date.now();
  try {
    seen = Number(localStorage.getItem(SEEN) ?? seen);
    localStorage.setItem(SEEN, String(seen));
  } catch { /* counted anew on each page */ }
  let notice = '';
  let state = 'connecting';

  // --- What stands on the page -------------------------------------------

  const toggle = element('button', {
    type: 'button', class: 'dock-toggle', 'aria-expanded': 'false', 'aria-controls': 'dock',
  });
  const status = element('p', { class: 'state', role: 'status' });
  const list = element('ol', { class: 'taken', reversed: '' });
  const jar = element('div', { class: 'jar-now' });
  const clear = element('button', { type: 'button' }, 'Clear the list');
  const har = element('button', { type: 'button' }, 'Save as HAR');
  const close = element('button', { type: 'button' }, 'Close');
  const emptyJar = element('button', { type: 'button' }, 'Empty the jar');
  const dock = element(
    'aside',
    { id: 'dock', class: 'dock', 'aria-label': 'The wire', hidden: '', tabindex: '-1' },
    element(
      'div', { class: 'dock-head' },
      element('h2', {}, 'The wire'), status, clear, har, close,
    ),
    element(
      'div', { class: 'dock-body' },
      element(
        'section', { 'aria-label': 'Your browser’s jar' },
        element('h3', {}, 'Your browser’s jar, now'), jar, emptyJar,
      ),
      element('section', { 'aria-label': 'Turns, the newest first', tabindex: '0' }, list),
    ),
  );

  /** @param {boolean} open */
  const setOpen = open => {
    dock.hidden = !open;
    toggle.setAttribute('aria-expanded', String(open));
    document.body.classList.toggle('dock-open', open);
    if (open) {
      unread = 0;
      void showJar();
      draw();
      dock.focus();
    } else {
      draw();
      toggle.focus();
    }
  };
  toggle.addEventListener('click', () => setOpen(dock.hidden));
  close.addEventListener('click', () => setOpen(false));
  dock.addEventListener('keydown', event => {
    // mdBook has keys of its own: arrows, s, /, ?.
    event.stopPropagation();
    if (event.key === 'Escape') setOpen(false);
  });
  clear.addEventListener('click', () => {
    turns = [];
    notice = '';
    list.replaceChildren();
    // What was cleared stays so on the next page, too.
    try {
      localStorage.setItem(CLEARED, last);
    } catch { /* cleared on this page only */ }
    draw();
  });

  // --- One turn ---------------------------------------------------------

  /** What no line above tells of a client's header, and of a server's. */
  const UNKNOWN = 'The lessons don’t look at it.';
  const UNTOLD = 'The book doesn’t tell of it.';

  /** @param {Header} header @param {string} unknown */
  const headerLine = (header, unknown) => {
    const client = header.name.startsWith('sec-') ? 'What the browser says of itself.' : '';
    const [words, page] = MEANINGS.get(header.name) ?? [client || unknown, ''];
    const line = element(
      'li', {},
      element('samp', {}, element('span', { class: 'name' }, `${header.name}:`), ` ${header.value}`),
    );
    const meaning = element('span', { class: 'meaning' }, words);
    if (page) {
      // By its name in the table of contents, without its number.
      const listed = document.querySelector(`.chapter a[href$="${page}.html"]`)?.childNodes ?? [];
      const name = [...listed].find(it => it instanceof Text && it.data.trim())?.textContent?.trim() ?? page;
      meaning.append(' ', element('a', { href: `/book/${page}.html` }, `See “${name}”`));
    }
    line.append(meaning);
    return line;
  };

  /**
   * What the client kept before the turn and keeps after it, as far as the
   * turn tells.
   *
   * @param {Taken} taken
   */
  const jarAround = ({ request, response }) => {
    const split = (/** @type {string} */ pair) => {
      const at = pair.indexOf('=');
      return /** @type {[string, string]} */ ([pair.slice(0, at), pair.slice(at + 1)]);
    };
    const sent = request.headers.find(({ name }) => name === 'cookie')?.value;
    const before = new Map(sent ? sent.split('; ').map(split) : []);
    /** @type {Map<string, [string, string]>} */
    const after = new Map([...before].map(([name, value]) => [name, ['kept', value]]));
    for (const header of response.headers.filter(({ name }) => name === 'set-cookie')) {
      const [pair, ...attributes] = (header.value).split('; ');
      const [name, value] = split(pair);
      const had = before.get(name);
      if (attributes.includes('removed')) after.set(name, ['gone', had ?? '']);
      else after.set(name, [had === undefined ? 'new' : 'changed', value]);
    }
    const rows = [...after].map(([name, [word, value]]) => element(
      'li', { class: word },
      element('span', { class: 'word' }, word), ' ',
      element('samp', {}, element('b', {}, name), ` = ${value}`),
    ));
    return element(
      'div', { class: 'around' }, element('h4', {}, 'Its jar, before → after'),
      rows.length ? element('ul', {}, ...rows) : element('p', { class: 'meaning' }, 'empty'),
    );
  };

  /** @param {Taken} taken */
  const details = taken => {
    const { request, response } = taken;
    const sent = element('div', { class: 'sent' }, element('h4', {}, 'Sent'),
      element('ul', {}, ...request.headers.map(it => headerLine(it, UNKNOWN))));
    if (request.body) sent.append(element('pre', {}, request.body));
    const came = element('div', { class: 'came' }, element('h4', {}, 'Came back'),
      element('ul', {}, ...response.headers.map(it => headerLine(it, UNTOLD))));
    const { size, text, cut } = response.body;
    if (text) came.append(element('pre', { tabindex: '0' }, text));
    if (text === undefined && size !== 0 || cut) {
      const whole = size === null ? 'a stream' : `${size} bytes`;
      came.append(element('p', { class: 'meaning' }, cut ? `Cut here; it has ${whole}.` : `The body is ${whole}.`));
    }
    const inside = [element('div', { class: 'three' }, sent, jarAround(taken), came)];
    const places = onPage().get(`${request.method} ${request.target}`);
    if (places) inside.unshift(element('p', { class: 'meaning' }, 'On this page: ', ...places));
    return inside;
  };

  /** @type {Map<string, string[]> | null} */
  let known = null;
  /** Links to the turns on this page that ask for the same, by what they ask for. */
  function onPage() {
    if (!known) {
      known = new Map();
      for (const item of document.querySelectorAll('http-exchange li.step')) {
        const { http } = JSON.parse(/** @type {HTMLElement} */ (item).dataset.step ?? '{}');
        const [, method, target] = /^([A-Z]+) https?:\/\/[^/\s]+(\S*)$/m.exec(http) ?? [];
        if (method) known.set(`${method} ${target}`, [...known.get(`${method} ${target}`) ?? [], item.id]);
      }
    }
    /** @type {Map<string, (string | Node)[]>} */
    const links = new Map();
    for (const [asked, ids] of known) {
      const more = ids.length - NAMED;
      links.set(asked, ids.slice(0, NAMED).flatMap((id, index) => {
        const item = document.getElementById(id);
        const title = item?.querySelector('.step-title')?.textContent ?? id;
        return [...(index ? [', '] : []), element('a', { href: `#${id}` }, title)];
      }).concat(more > 0 ? [` and ${more} more`] : []));
    }
    return links;
  }

  /** @param {number} micros */
  const duration = micros => micros < 10000
    ? `${(micros / 1000).toFixed(1)} ms` : `${Math.round(micros / 1000)} ms`;

  /** @param {Taken} taken */
  const item = taken => {
    const { request, response } = taken;
    const time = new Date(taken.at).toLocaleTimeString();
    const fold = element(
      'details', { 'data-id': taken.id },
      element(
        'summary', {},
        element('samp', {}, element('b', {}, request.method), ` ${request.target}`),
        ' → ',
        element('samp', { class: `status s${Math.floor(response.status / 100)}` }, `${response.status} ${response.reason}`),
        element('span', { class: 'by' }, `${taken.from}, ${time}, ${duration(taken.micros)} in the server`),
      ),
    );
    // The inside is made when somebody looks: a list of 200 stays light.
    fold.addEventListener('toggle', () => {
      if (fold.open && fold.childElementCount === 1) fold.append(...details(taken));
    });
    return element('li', {}, fold);
  };

  // --- Drawing, once a frame at most --------------------------------------

  /** @type {Taken[]} not drawn yet, the oldest first */
  let waiting = [];
  let asked = false;
  const ask = () => {
    if (asked) return;
    asked = true;
    // A hidden page has no frames.
    (document.hidden ? setTimeout : requestAnimationFrame)(draw);
  };

  function draw() {
    asked = false;
    const fresh = waiting.slice(-MOST).reverse();
    waiting = [];
    turns = [...fresh, ...turns].slice(0, MOST);
    if (!dock.hidden) {
      seen = Math.max(seen, turns[0]?.at ?? 0);
      try {
        localStorage.setItem(SEEN, String(seen));
      } catch { /* as above */ }
      if (list.childElementCount === 0) list.append(...turns.map(item));
      else list.prepend(...fresh.map(item));
      while (list.childElementCount > MOST) list.lastElementChild?.remove();
    }
    const count = unread === 0 ? '' : ` (${unread > MOST ? `over ${MOST}` : unread} new)`;
    toggle.textContent = `The wire${count}`;
    const words = {
      connecting: 'Connecting …',
      live: turns.length === 0
        ? 'Listening. Open a lesson in another tab, or use curl.'
        : `Listening. ${turns.length} ${turns.length === 1 ? 'turn' : 'turns'}.`,
      gone: refusal || 'The server doesn’t answer. Start it again: cargo run',
      elsewhere: 'Your other pages listen. So does this one when you come back to it.',
    }[state] ?? '';
    const text = notice ? `${words} ${notice}` : words;
    if (status.textContent !== text) status.textContent = text;
    status.classList.toggle('gone', state === 'gone');
  }

  // --- The stream ----------------------------------------------------------

  /** @type {AbortController | null} */
  let source = null;
  const CLEARED = 'http-has-no-memory.cleared';
  let last = '';
  try {
    last = localStorage.getItem(CLEARED) ?? '';
  } catch { /* nothing is kept for a page here */ }
  /** Whether this page has heard from the server before. */
  let heard = false;
  /** Why the server opens no stream, in its words. */
  let refusal = '';

  /** @param {string} method @param {object} [init] */
  const ofReader = (method, init) => fetch('/companion/reader', { method, ...init });

  /** Has this browser's requests be this reader's, also where another's were. */
  async function introduce() {
    const page = {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: companion.reader() }),
    };
    if ((await ofReader('POST', page)).status !== 409) return;
    notice = 'This browser’s requests were another reader’s. They are yours again.';
    await ofReader('DELETE');
    await ofReader('POST', page);
  }

  /** @param {Map<string, string>} event */
  function take(event) {
    const data = JSON.parse(event.get('data') ?? 'null');
    switch (event.get('event')) {
      case 'hello':
        state = 'live';
        // Another server counts anew.
        if (data.restarted) last = '';
        if (data.restarted && heard) notice = 'The server has started anew.';
        heard = true;
        break;
      case 'lost':
        if (turns.length) notice = `${data.lost} went by too fast to be kept.`;
        break;
      case 'elsewhere':
        state = 'elsewhere';
        break;
      default:
        last = event.get('id') ?? last;
        waiting.push(data);
        if (data.from === 'a browser') {
          document.dispatchEvent(new CustomEvent('wire', { detail: data }));
        }
        if (waiting.length > MOST) waiting.shift();
        if (!dock.hidden) refreshJar();
        else if (data.at > seen) unread += 1;
    }
    ask();
  }

  // An EventSource sends no header of ours, and the reader's key is in one.
  /** @param {AbortSignal} signal */
  async function listen(signal) {
    await introduce();
    const response = await fetch('/companion/wire', {
      headers: {
        'accept': 'text/event-stream',
        'companion-key': companion.reader(),
        ...(last && { 'last-event-id': last }),
      },
      cache: 'no-store',
      signal,
    });
    refusal = response.ok ? '' : await response.text();
    if (!response.ok || !response.body) return;
    const body = response.body.getReader();
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { done, value } = await body.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const fields = event.split('\n').map(line => {
          const at = line.indexOf(':');
          return /** @type {[string, string]} */ ([line.slice(0, at), line.slice(at + 1).trim()]);
        });
        const known = new Map(fields);
        if (known.has('data')) take(known);
      }
    }
  }

  function connect() {
    if (source) return;
    const mine = source = new AbortController();
    refusal = '';
    listen(mine.signal).catch(() => { /* the state line says so */ }).then(() => {
      if (source !== mine) return;
      if (state === 'elsewhere') return disconnect();
      state = 'gone';
      ask();
      setTimeout(() => {
        if (source !== mine) return;
        source = null;
        connect();
      }, refusal ? 3000 : 1000);
    });
  }

  function disconnect() {
    source?.abort();
    source = null;
  }

  // A browser opens six connections to a server, and a stream takes one. So the
  // tabs that were looked at last keep theirs, and the others wait.
  const me = Math.random();
  const channel = new BroadcastChannel('http-has-no-memory.wire');
  /** @type {Set<number>} */
  let later = new Set();
  const look = () => {
    if (document.hidden) return;
    later = new Set();
    channel.postMessage(me);
    connect();
  };
  channel.addEventListener('message', event => {
    later.add(event.data);
    if (later.size >= TABS && document.hidden) disconnect();
  });
  document.addEventListener('visibilitychange', look);
  // A page that is left takes its stream along, also into the back cache.
  addEventListener('pagehide', disconnect);
  addEventListener('pageshow', event => { if (event.persisted) look(); });

  // --- The jar -------------------------------------------------------------

  /** @typedef {{ name: string, shown: string, bytes: number }} Held */

  let jarAsked = false;
  function refreshJar() {
    if (jarAsked) return;
    jarAsked = true;
    setTimeout(() => {
      jarAsked = false;
      void showJar();
    }, 100);
  }

  async function showJar() {
    try {
      const response = await fetch('/companion/jar', { cache: 'no-store' });
      if (!response.ok) return;
      /** @type {Held[]} */
      const held = await response.json();
      const rows = held.map(({ name, shown, bytes }) => element(
        'li', {},
        element('samp', {}, element('b', {}, name), ` = ${shown}`),
        element('span', { class: 'meaning' }, `${bytes} of 4096 bytes`),
      ));
      jar.replaceChildren(rows.length
        ? element('ul', {}, ...rows)
        : element('p', { class: 'meaning' }, 'It holds nothing for this server.'));
    } catch { /* the state line says that the server is gone */ }
  }

  document.addEventListener('jar-emptied', () => void showJar());
  emptyJar.addEventListener('click', async () => {
    try {
      await fetch('/companion/jar', { method: 'DELETE' });
    } catch { /* as above */ }
    await showJar();
  });

  // --- HAR 1.2 -------------------------------------------------------------

  /** @param {Header[]} headers */
  const harHeaders = headers => headers.map(({ name, value }) => ({ name, value }));

  /** @param {string} text @param {RegExp} between */
  const pairs = (text, between) => text.split(between).filter(Boolean).map(pair => {
    const at = pair.indexOf('=');
    return { name: pair.slice(0, at < 0 ? pair.length : at), value: at < 0 ? '' : pair.slice(at + 1) };
  });

  /** @param {Header[]} headers @param {string} name */
  const values = (headers, name) =>
    headers.filter(header => header.name === name).map(header => header.value);

  /** @param {Taken} taken */
  const harEntry = taken => {
    const { request, response } = taken;
    const time = taken.micros / 1000;
    const type = values(request.headers, 'content-type')[0] ?? '';
    return {
      startedDateTime: new Date(taken.at).toISOString(),
      time,
      request: {
        method: request.method,
        url: new URL(request.target, location.origin).href,
        httpVersion: 'HTTP/1.1',
        cookies: values(request.headers, 'cookie').flatMap(value => pairs(value, /; */)),
        headers: harHeaders(request.headers),
        queryString: pairs(request.target.split('?')[1] ?? '', /&/),
        ...(request.body !== null && {
          postData: { mimeType: type, params: [], text: request.body },
        }),
        headersSize: -1,
        bodySize: -1,
      },
      response: {
        status: response.status,
        statusText: response.reason,
        httpVersion: 'HTTP/1.1',
        cookies: values(response.headers, 'set-cookie').flatMap(value => pairs(value.split(';')[0], /; */)),
        headers: harHeaders(response.headers),
        content: {
          size: response.body.size ?? -1,
          mimeType: values(response.headers, 'content-type')[0] ?? '',
          ...(response.body.text !== undefined && { text: response.body.text }),
        },
        redirectURL: values(response.headers, 'location')[0] ?? '',
        headersSize: -1,
        bodySize: response.body.size ?? -1,
      },
      cache: {},
      timings: { send: 0, wait: time, receive: 0 },
    };
  };

  har.addEventListener('click', () => {
    const log = {
      version: '1.2',
      creator: { name: 'HTTP Has No Memory', version: '0.1' },
      entries: [...turns].reverse().map(harEntry),
    };
    const file = new Blob([JSON.stringify({ log }, null, 2)], { type: 'application/json' });
    const link = element('a', { href: URL.createObjectURL(file), download: 'wire.har' });
    link.click();
    URL.revokeObjectURL(link.href);
  });

  document.body.append(toggle, dock);
  draw();
  look();
  // A page that opens in the background listens, too: it may be the only one.
  if (document.hidden) connect();
})();
