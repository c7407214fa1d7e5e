// Makes each exchange live: send its steps, compare with the pin, predict what
// comes back, take a step along. Without the server the pins stand in for it.
'use strict';

(() => {
  const { element } = companion;

  /** How long a turn stands before the next one is played, in milliseconds. */
  const PACE = 1200;

  /**
   * @typedef {{ Ok: string } | { Err: string }} Made
   * @typedef {{ about: string | { cookie: string }, choices: string[], right: number, came?: string }} Question
   * @typedef {{ curl: Made, http: string, rocket: Made, ask: Question[] }} StepData
   * @typedef {{ html: string, differences: number, micros: number }} Answer
   */

  /**
   * What a status tells a browser (RFC 9110, section 15).
   *
   * @type {Record<string, string>}
   */
  const MEANINGS = {
    200: 'here is what you asked for',
    204: 'done, and there is nothing to show',
    301: 'this has moved for good',
    302: 'go there this time, by most browsers with a GET',
    303: 'go there with a GET',
    307: 'send the same request again, over there',
    308: 'send the same request over there, from now on',
    400: 'the server can’t understand the request',
    401: 'log in first',
    403: 'you may not',
    404: 'there is nothing at this address',
    405: 'not with this method',
    409: 'this no longer fits what the server has',
    413: 'that is too much',
    422: 'the form is understood, and doesn’t fit',
    429: 'too many requests',
    500: 'the server failed',
    502: 'the server failed',
    503: 'the server failed',
  };

  /** @param {Question} question */
  const asks = ({ about }) => typeof about === 'string' ? {
    status: 'Which status comes back?',
    location: 'Where does it send the browser?',
    body: 'What does it say?',
  }[about] ?? '' : `What becomes of the cookie ${about.cookie}?`;

  /**
   * What speaks against a choice.
   *
   * @param {Question} question
   * @param {string} choice
   */
  const against = ({ about, choices, right, came }, choice) => {
    if (about !== 'status') return came ?? `What came is: ${choices[right].replace(/\.$/, '')}.`;
    const meaning = (/** @type {string} */ line) => MEANINGS[line.split(' ')[0]];
    const would = meaning(choice) ? `${choice} would mean: ${meaning(choice)}. ` : '';
    const is = meaning(choices[right]) ? `: ${meaning(choices[right])}` : '';
    return `${would}The answer is ${choices[right]}${is}.`;
  };

  /** One step of an exchange. */
  class Step {
    /** @param {HTMLElement} item */
    constructor(item) {
      this.item = item;
      this.turn = /** @type {HTMLDetailsElement} */ (item.querySelector('.turn'));
      this.lanes = /** @type {HTMLElement} */ (item.querySelector('.lanes'));
      this.caption = /** @type {HTMLElement} */ (item.querySelector('.step-title'));
      this.title = this.caption.textContent ?? '';
      // As brief as on the turn's line: a query can be longer than a button.
      const line = this.turn.querySelector('.message.request .words > samp');
      this.request = line?.textContent?.trim() ?? '';
      this.wasOpen = this.turn.open;
      this.follows = [...item.querySelectorAll('.event')]
        .some(event => event.textContent?.includes('follows the redirect'));
      /** @type {HTMLElement | null} */
      this.live = null;
      /** @type {HTMLFormElement | null} */
      this.form = null;
    }

    /** @returns {StepData} */
    get data() {
      return JSON.parse(this.item.dataset.step ?? '{}');
    }

    /** What sending it is called. */
    get action() {
      return this.follows ? `Follow the redirect: ${this.request}` : `Send ${this.request}`;
    }

    clear() {
      this.unite();
      this.item.querySelector('.tick')?.remove();
      this.dropForm();
      this.item.querySelector('.outcome')?.remove();
    }

    /** Takes away what a live answer was shown with. */
    unite() {
      if (!this.live) return;
      for (const it of this.turn.querySelectorAll('.verdict, .differences')) it.remove();
      this.live.parentElement?.replaceWith(this.lanes);
      this.live = null;
      this.turn.open = this.wasOpen;
    }

    dropForm() {
      this.form?.remove();
      this.form = null;
    }

    /**
     * Shows the live answer, and says in words how it compares.
     *
     * @param {Answer} answer
     */
    show(answer) {
      this.unite();
      this.item.querySelector('.tick')?.remove();
      const time = answer.micros < 1000 ? 'under 1 ms' : `${Math.round(answer.micros / 1000)} ms`;
      const same = answer.differences === 0;
      const things = answer.differences === 1 ? 'one thing differs' : `${answer.differences} things differ`;
      const tick = element(
        'span', { class: same ? 'tick' : 'tick differs' }, `${same ? 'as pinned' : things}, ${time}`,
      );
      this.item.querySelector('.message.response .words')?.append(' ', tick);
      if (same) return 'as pinned.';
      // What is the same is not drawn twice; what differs stands beside its pin.
      this.live = element('div', { class: 'live-answer' });
      // Drawn by the server, which escapes what came from outside.
      this.live.innerHTML = answer.html;
      const sides = element('div', { class: 'sides' });
      this.lanes.replaceWith(sides);
      const pinned = element('div', {}, element('p', { class: 'side-name' }, 'Pinned'), this.lanes);
      const verdict = this.live.querySelector('.verdict');
      const words = [verdict, this.live.querySelector('.differences')];
      sides.before(...words.filter(it => it !== null));
      this.live.prepend(element('p', { class: 'side-name' }, 'Live'));
      sides.append(pinned, this.live);
      this.turn.open = true;
      return 'not as pinned.';
    }
  }

  /** One exchange, with what has been sent of it. */
  class Exchange {
    /** @param {HTMLElement} figure */
    constructor(figure) {
      this.figure = figure;
      this.name = figure.dataset.exchange ?? '';
      this.steps = [...figure.querySelectorAll('li.step')]
        .map(item => new Step(/** @type {HTMLElement} */ (item)));
      /** The number of the next step, counted from 0. */
      this.next = 0;
      /** The run's name, made with its first step. */
      this.run = '';
      this.busy = false;
      this.predicting = false;
      /** The play that goes on. @type {object | null} */
      this.playing = null;

      this.send = this.button('', () => void this.sendNext());
      this.send.classList.add('primary');
      this.all = this.button('Play', () => void this.playAll());
      this.predict = this.button('Predict', () => this.togglePredicting());
      this.predict.setAttribute('aria-pressed', 'false');
      this.again = this.button('Start over', () => this.startOver());
      this.status = element('p', { class: 'status', role: 'status' });
      // At the foot of what is seen: the button stays under the finger, and what is
      // said of the answer beside it.
      figure.querySelector('figcaption')?.before(element(
        'div',
        { class: 'controls', role: 'group', 'aria-label': `Exchange ${this.name}` },
        ...(companion.here ? [this.send, this.all] : []),
        this.predict,
        this.again,
        this.status,
      ));
      if (companion.here) {
        figure.querySelector('figcaption > span')?.prepend('Sent with the book’s own jar, not your browser’s. ');
      }
      // Made when somebody looks: a page may have forty turns.
      this.steps.forEach((step, index) => {
        step.turn.addEventListener('toggle', () => {
          if (!step.turn.querySelector('.copies')) this.addCopies(step, index);
        });
      });
      this.update();
      // mdBook has keys of its own: arrows, s, /, ?.
      figure.addEventListener('keydown', event => event.stopPropagation());
      addEventListener('keydown', event => this.stopOn(event), true);
    }

    /**
     * Stops on any key. One that presses the button with the focus does not press it,
     * too, neither when it goes down nor when it comes up.
     *
     * @param {KeyboardEvent} event
     */
    stopOn(event) {
      if (!this.playing) return;
      this.stop();
      if (event.key !== ' ' && event.key !== 'Enter') return;
      const hush = (/** @type {Event} */ it) => it.preventDefault();
      hush(event);
      addEventListener('keydown', hush, true);
      addEventListener('keyup', it => {
        hush(it);
        removeEventListener('keydown', hush, true);
      }, { capture: true, once: true });
    }

    stop() {
      this.playing = null;
      this.update();
      this.say(this.next ? `Stopped after step ${this.next}.` : 'Stopped.');
    }

    /** @param {string} text @param {() => void} act */
    button(text, act) {
      const made = element('button', { type: 'button' }, text);
      made.addEventListener('click', act);
      return made;
    }

    /** @param {Step} step @param {number} index */
    addCopies(step, index) {
      const { curl, http, rocket } = step.data;
      /** @type {[string, Made][]} */
      const forms = [['curl', curl], ['.http', { Ok: http }], ['Rocket test', rocket]];
      const row = element('p', { class: 'copies' }, 'Copy as ');
      for (const [name, form] of forms) {
        const button = this.button(name, () => {
          if ('Err' in form) this.say(form.Err);
          else void this.copy(form.Ok, name, row);
        });
        button.setAttribute('aria-label', `Copy step ${index + 1} as ${name}`);
        if ('Err' in form) {
          button.setAttribute('aria-disabled', 'true');
          button.title = form.Err;
        }
        row.append(button, ' ');
      }
      // The address of this very turn, to keep or to send on.
      row.append('or ', element('a', { href: `#${step.item.id}` }, 'link to this turn'));
      step.turn.append(row);
    }

    /** @param {string} text @param {string} name @param {HTMLElement} row */
    async copy(text, name, row) {
      row.parentElement?.querySelector('.copied')?.remove();
      try {
        await navigator.clipboard.writeText(text);
        this.say(`Copied as ${name}.`);
      } catch {
        // No clipboard for a page of another machine: the text to copy by hand.
        row.after(element('pre', { class: 'copied', tabindex: '0' }, text));
        this.say(`Here it is as ${name}.`);
      }
    }

    /** @param {string} words */
    say(words) {
      this.status.textContent = words;
    }

    update() {
      const step = this.steps[this.next];
      this.send.textContent = step ? step.action : 'All steps are sent';
      // A button that is not for now keeps the focus that it has.
      for (const button of [this.send, this.all]) {
        button.setAttribute('aria-disabled', String(!step || this.busy));
      }
      this.all.textContent = this.playing ? 'Stop' : 'Play';
      if (this.playing) this.all.setAttribute('aria-disabled', 'false');
      // While a step is to be predicted, it is sent with its questions alone.
      this.send.hidden = this.all.hidden = this.predicting && step !== undefined;
      this.again.hidden = this.next === 0;
      this.steps.forEach((one, index) => {
        // A title tells what comes back, and a later request does, too.
        const hide = this.predicting && index >= this.next;
        one.item.classList.toggle('hidden-answer', hide);
        one.item.hidden = hide && index > this.next;
        one.caption.textContent = hide ? 'What comes back?' : one.title;
      });
    }

    startOver() {
      this.playing = null;
      this.busy = false;
      this.next = 0;
      this.run = '';
      for (const step of this.steps) step.clear();
      this.say('The jar is empty.');
      this.mark();
      this.update();
      if (this.predicting) this.ask();
      (this.send.isConnected && !this.send.hidden ? this.send : this.predict).focus();
    }

    togglePredicting() {
      this.playing = null;
      this.predicting = !this.predicting;
      this.predict.setAttribute('aria-pressed', String(this.predicting));
      if (this.predicting && this.next === this.steps.length) this.startOver();
      for (const step of this.steps) step.dropForm();
      this.update();
      if (this.predicting) this.ask();
    }

    /** Puts the next step's questions where its answer will be. */
    ask() {
      const step = this.steps[this.next];
      if (!step) return;
      const form = element(
        'form', { class: 'questions', 'aria-label': `Predict step ${this.next + 1}` },
      );
      step.data.ask.forEach((question, index) => {
        const set = element('fieldset', {}, element('legend', {}, asks(question)));
        question.choices.forEach((choice, value) => {
          const input = element('input', {
            type: 'radio', name: String(index), value: String(value),
          });
          set.append(element('label', {}, input, ' ', choice));
        });
        form.append(set);
      });
      const label = companion.here ? `${step.action}, and see` : 'Show the answer';
      form.append(element('button', { type: 'submit', class: 'primary' }, label));
      form.addEventListener('submit', event => {
        event.preventDefault();
        void this.sendNext();
      });
      step.dropForm();
      step.form = form;
      step.turn.after(form);
    }

    /**
     * Says of each choice whether it was right, and if not, why.
     *
     * @param {Step} step
     */
    judge(step) {
      const form = step.form;
      if (!form) return '';
      const list = element('ul', { class: 'outcome' });
      let right = 0;
      let chosen = 0;
      const values = new FormData(form);
      const { ask } = step.data;
      ask.forEach((question, index) => {
        const value = values.get(String(index));
        if (value === null) return;
        chosen += 1;
        const choice = question.choices[Number(value)];
        const good = Number(value) === question.right;
        if (good) right += 1;
        const words = good ? choice : `You chose “${choice}”. ${against(question, choice)}`;
        list.append(element(
          'li',
          { class: good ? 'good' : 'bad' },
          element('span', { class: 'word' }, good ? 'right' : 'not so'),
          ` ${asks(question)} ${words}`,
        ));
        const id = `${this.name}#${this.steps.indexOf(step)}#${index}`;
        document.dispatchEvent(new CustomEvent('prediction', { detail: { id, right: good } }));
      });
      step.dropForm();
      if (chosen === 0) return '';
      step.turn.after(list);
      return ` ${right} of ${chosen} predictions are right.`;
    }

    /** Sends the next step; true when it was answered. */
    async sendNext() {
      const step = this.steps[this.next];
      if (!step || this.busy) return false;
      this.busy = true;
      this.update();
      const sent = companion.here ? await this.play(step) : { ok: true, words: '' };
      if (!sent) return false;
      this.busy = false;
      if (!sent.ok) {
        this.update();
        this.say(sent.words);
        return false;
      }
      const predictions = this.judge(step);
      this.mark(step);
      this.next += 1;
      this.update();
      this.say(`Step ${this.next}: ${sent.words}${predictions}`);
      if (this.predicting) {
        this.ask();
        // The button that had the focus is gone with its questions.
        step.caption.tabIndex = -1;
        step.caption.focus();
      }
      return true;
    }

    /** Turn by turn, at a pace that can be followed, until a key is pressed. */
    async playAll() {
      if (this.playing) return this.stop();
      if (this.next === this.steps.length) return;
      const mine = this.playing = {};
      const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
      while (this.next < this.steps.length) {
        const answered = await this.sendNext();
        if (this.playing !== mine) return;
        if (!answered) {
          this.playing = null;
          this.update();
          return;
        }
        const rest = still || this.next === this.steps.length ? 0 : PACE;
        await new Promise(done => setTimeout(done, rest));
        if (this.playing !== mine) return;
      }
      this.playing = null;
      this.update();
      const differs = this.figure.querySelectorAll('.tick.differs').length;
      this.say(differs === 0
        ? 'All steps are sent. Each answer is as pinned.'
        : `All steps are sent. ${differs} of them ${differs === 1 ? 'is not as its pin' : 'are not as their pins'}.`);
    }

    /**
     * Lights one turn, and brings it into view.
     *
     * @param {Step} [step]
     */
    mark(step) {
      for (const one of this.steps) one.item.classList.toggle('is-now', one === step);
      step?.item.scrollIntoView({ block: 'nearest' });
    }

    /**
     * Has the server send a step; nothing where all was begun anew meanwhile.
     *
     * @param {Step} step
     * @returns {Promise<{ ok: boolean, words: string } | null>}
     */
    async play(step) {
      this.run ||= [...crypto.getRandomValues(new Uint32Array(4))].join('-');
      const { run } = this;
      const body = JSON.stringify({ run, exchange: this.name, step: this.next });
      try {
        const response = await fetch('/companion/play', {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'companion-key': companion.reader() },
          body,
        });
        const answer = await response.json();
        if (run !== this.run) return null;
        if (answer.error) return { ok: false, words: String(answer.error) };
        return { ok: true, words: step.show(answer) };
      } catch {
        if (run !== this.run) return null;
        return { ok: false, words: 'The server doesn’t answer. Start it: cargo run' };
      }
    }
  }

  customElements.define('http-exchange', class extends HTMLElement {
    connectedCallback() {
      const figure = this.querySelector('figure');
      if (figure && !this.querySelector('.controls')) new Exchange(figure);
    }
  });

  // An address that names a turn opens it.
  const openNamed = () => {
    const item = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const turn = item?.matches('li.step') ? item.querySelector('details') : null;
    if (!item || !turn) return;
    turn.open = true;
    item.scrollIntoView({ block: 'nearest' });
  };
  addEventListener('hashchange', openNamed);
  openNamed();

  // From turn to turn by j and k; the address is then that of the turn.
  addEventListener('keydown', event => {
    const there = /** @type {HTMLElement} */ (event.target);
    if (event.altKey || event.ctrlKey || event.metaKey || !['j', 'k'].includes(event.key)) return;
    if (there.closest?.('input, textarea, select, [role=dialog], #dock')) return;
    const turns = [...document.querySelectorAll('.turn > summary')]
      .map(it => /** @type {HTMLElement} */ (it))
      .filter(it => it.checkVisibility());
    const at = turns.findIndex(it => it === document.activeElement);
    const top = turns.findIndex(it => it.getBoundingClientRect().top > 60);
    const next = at < 0 ? (top < 0 ? turns.length - 1 : top) : at + (event.key === 'j' ? 1 : -1);
    const turn = turns[next];
    if (!turn) return;
    turn.focus();
    const item = turn.closest('li');
    item?.scrollIntoView({ block: 'nearest' });
    if (item?.id) history.replaceState(null, '', `#${item.id}`);
  }, true);

  // The first page's picture plays by itself: all of it may be had at once, and again.
  const scene = document.querySelector('.scene');
  const moves = scene?.getAnimations({ subtree: true }) ?? [];
  if (scene && moves.length) {
    const button = element('button', { type: 'button' });
    const begun = async () => {
      button.textContent = 'Show all';
      await Promise.all(moves.map(it => it.finished));
      button.textContent = 'Play again';
    };
    button.addEventListener('click', () => {
      const over = moves.every(it => it.playState === 'finished');
      for (const it of moves) {
        if (!over) it.finish();
        else {
          it.cancel();
          it.play();
        }
      }
      if (over) void begun();
    });
    void begun();
    scene.append(button);
  }

  // One line, once a page, where there is no server behind the book.
  const first = document.querySelector('http-exchange');
  if (first && !companion.here) {
    first.before(element(
      'p',
      { class: 'no-server' },
      'These answers are pinned. To send the requests yourself, start the book’s server: ',
      element('code', {}, 'cargo run'),
    ));
  }
})();
