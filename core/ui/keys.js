// Keys for who presents. They press the page's own links and buttons, found by their containers' classes, so that
// the server needs nothing new; what they show and hide of a lecture's screen are classes on the page's root.

const PANELS = ["sections", "presets", "sentence"];
const PANEL = { sections: ".st-key-top", presets: ".st-key-presets", sentence: ".st-key-sentence" };
// A key that is pressed in one of these is its own.
const CONTROLS = `input, textarea, select, button, a[href], summary, [contenteditable="true"], [role="slider"],
[role="tab"], [role="option"], [role="combobox"], [tabindex]:not([tabindex="-1"])`;
const PRESSED = "button, a[href]";
const OPEN = '[data-testid="stPopoverBody"], [role="listbox"], [role="dialog"]:not(dialog), dialog[open]';
const CODE = ".st-key-qr-code img";
// What a lecturer has hidden has no keys.
const NEEDS = {
  run: "run", preset: "presets", sentence: "sentence", language: "language", verdict: "verdict",
  play: "player", step: "player", step_back: "player", speed: "player",
};
const SCREEN = 720; // the height, in pixels, for which sizes in pixels are given
const root = document.documentElement;
const find = (selector) => document.querySelector(selector);

export default function ({ data, parentElement }) {
  const keys = (parentElement.pageKeys ??= new Keys(parentElement));
  keys.update(data);
  return () => {
    keys.close();
    delete parentElement.pageKeys;
  };
}

class Keys {
  constructor(host) {
    this.host = host;
    this.part = (name) => host.querySelector(`[data-part="${name}"]`);
    this.dialog = host.querySelector("dialog");
    this.ears = new AbortController();
    this.hear(window, "keydown", (event) => this.key(event), true);
    this.hear(window, "pointerdown", (event) => this.point(event), true);
    this.hear(window, "resize", () => this.measure());
    this.hear(document, "focusin", (event) => this.remember(event));
    for (const name of PANELS) this.hear(this.part(name), "click", () => this.panel(name));
    this.hear(this.part("more"), "click", () => this.more());
    this.hear(this.part("help"), "click", () => this.help());
    this.watcher = new MutationObserver(() => this.refocus());
    this.watcher.observe(document.body, { childList: true, subtree: true });
  }

  hear(place, what, act, capture = false) {
    place.addEventListener(what, act, { signal: this.ears.signal, capture });
  }

  update(data) {
    const fresh = this.data?.token !== data.token;
    this.data = data;
    const { words, lecture, hidden } = data;
    root.classList.toggle("slide", lecture);
    this.host.querySelector(".bar").hidden = !lecture;
    this.part("sections").textContent = `☰ ${words.title}`;
    for (const name of ["presets", "sentence", "more"]) this.part(name).textContent = words[name];
    for (const name of PANELS) this.part(name).hidden = hidden.includes(name);
    for (const name of ["help", "close"]) this.part(name).setAttribute("aria-label", words[name]);
    this.part("help").title = words.help;
    this.dialog.lang = words.language;
    if (fresh) this.begin();
    this.measure();
  }

  // Another section, another run: nothing is open, and the verdict is to be asked for.
  begin() {
    this.panel(null);
    this.show("verdict", false);
    if (this.dialog.open) this.dialog.close();
  }

  // Charts are sized in pixels of a screen of a certain height, and drawn as much larger as this one is.
  measure() {
    const zoom = Math.min(innerHeight / SCREEN, innerWidth / 960).toFixed(3);
    if (zoom === this.zoom) return;
    root.style.setProperty("--zoom", (this.zoom = zoom));
    setTimeout(() => dispatchEvent(new Event("resize")), 100); // charts measure their places again
  }

  point(event) {
    this.pointed = event.composedPath()[0];
    const inside = [...PANELS.map((name) => PANEL[name]), OPEN, ".st-key-lecture-bar"].join(", ");
    if (!event.target.closest(inside)) this.panel(null);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !this.data) return;
    const key = latin(event);
    const does = this.data.shortcuts.find((each) => each.keys.includes(key))?.does;
    if (this.dialog.open) {
      if (does === "help") this.dialog.close();
      if (does === "help" || key === "escape") event.stopImmediatePropagation();
      return;
    }
    if (does === "close") return this.panel(null, true);
    if (!this.free()) return;
    const streamlits = !event.shiftKey && (key === "r" || key === "c");
    if (does || streamlits) event.stopImmediatePropagation();
    if (!does || this.data.hidden.includes(NEEDS[does])) return;
    event.preventDefault();
    if (!event.repeat || does.startsWith("step")) this[does](key);
  }

  // Whether a key is nobody else's: focus is nowhere, or on what a pointer has just pressed.
  free() {
    if (find(OPEN)) return false;
    const at = focused();
    if (!at.matches?.(CONTROLS) || at.matches('[data-testid="stMain"]')) return true;
    return at.matches(PRESSED) && at.contains(this.pointed);
  }

  // Sections: the links of the top bar, in their order.
  section(way) {
    const links = [...document.querySelectorAll(".st-key-nav a")];
    const here = links.findIndex((link) => link.closest(".st-key-nav-current"));
    if (here >= 0) links[here + way]?.click();
  }
  next() { this.section(1); }
  previous() { this.section(-1); }

  // The next thing to see: the film, its end, the verdict, the next section.
  onward() {
    const film = this.film(".player");
    const screened = film && find(".st-key-player")?.offsetParent;
    if (screened && film.classList.contains("playing")) return this.toEnd();
    if (screened && root.classList.contains("film-running")) return this.play();
    const told = find(".st-key-ending-verdict") && !this.data.hidden.includes("verdict");
    if (told && !this.shown("verdict")) return this.verdict();
    this.next();
  }
  back() {
    this.shown("verdict") ? this.verdict() : this.previous();
  }

  run() { find(".st-key-run button")?.click(); }
  preset(key) {
    document.querySelectorAll('[class*="st-key-preset-"]')[Number(key) - 1]?.querySelector("button").click();
  }
  language() {
    const all = [...document.querySelectorAll(".st-key-lang button")];
    const here = all.findIndex((each) => each.matches('[aria-checked="true"], [kind$="Active"]'));
    all[(here + 1) % all.length]?.click();
  }

  // The player has a root of its own.
  film(selector) {
    const hosts = [...document.querySelectorAll(".st-key-player *")];
    return hosts.map((each) => each.shadowRoot?.querySelector(selector)).find((part) => part);
  }
  press(part) { this.film(`[data-part="${part}"]`)?.click(); }
  play() { this.press("toggle"); }
  step() { this.press("forward"); }
  step_back() { this.press("back"); }
  speed() { this.press("rate"); }
  toEnd() {
    const scrub = this.film('[data-part="scrub"]');
    scrub.value = scrub.max;
    scrub.dispatchEvent(new Event("input"));
  }

  shown(name) { return root.classList.contains(`${name}-shown`); }
  show(name, on = !this.shown(name)) { root.classList.toggle(`${name}-shown`, on); }
  verdict() { this.show("verdict"); }
  more() {
    this.show("more");
    this.part("more").setAttribute("aria-pressed", this.shown("more"));
    find('[data-testid="stMain"]')?.scrollTo({ top: 0 });
  }

  // One at a time; closed by a key, it gives the focus back to where it was.
  panel(name, asked = false) {
    const before = focused();
    for (const each of PANELS) {
      const was = this.shown(each);
      this.show(each, each === name && !was);
      this.part(each).setAttribute("aria-expanded", this.shown(each));
      if (asked && was) this.opener === document.body ? before.blur() : this.opener?.focus();
    }
    if (!name || !this.shown(name)) return;
    this.opener = before;
    find(`${PANEL[name]} :is(a, button)`)?.focus();
  }
  sections() { this.panel("sections", true); }
  sentence() { this.panel("sentence", true); }

  help() {
    this.dialog.className = "";
    this.part("heading").textContent = this.data.words.heading;
    const list = document.createElement("dl");
    for (const { shown, words } of this.data.shortcuts) {
      const [term, keys, told] = ["dt", "kbd", "dd"].map((tag) => document.createElement(tag));
      keys.textContent = shown;
      told.textContent = words;
      term.append(keys);
      list.append(term, told);
    }
    this.part("content").replaceChildren(list);
    this.dialog.showModal();
  }

  // The code is made when its popover is opened; it is shown as large as the screen.
  async qr() {
    find(".st-key-qr button")?.click();
    for (let tries = 0; tries < 100 && !find(CODE); tries += 1) await new Promise((later) => setTimeout(later, 100));
    const code = find(CODE)?.cloneNode();
    find(".st-key-qr button")?.click();
    if (!code) return;
    code.alt = location.href;
    const address = document.createElement("p");
    address.textContent = decodeURI(location.href);
    this.dialog.className = "code";
    this.part("content").replaceChildren(code, address);
    this.dialog.showModal();
  }

  full() {
    document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.();
  }

  // A rerun that draws a control anew must not lose the focus that was on it.
  remember(event) {
    const box = event.target.closest?.('[class*="st-key-"]');
    const name = box && [...box.classList].find((each) => each.startsWith("st-key-"));
    this.kept = name && { at: event.target, name };
  }
  refocus() {
    if (!this.kept || this.kept.at.isConnected || document.activeElement !== document.body) return;
    document.querySelector(`.${CSS.escape(this.kept.name)} :is(button, a, input)`)?.focus();
  }

  close() {
    this.ears.abort();
    this.watcher.disconnect();
  }
}

// Where the letter stands on a keyboard, if the layout writes another script.
function latin({ key, code }) {
  const other = key.length === 1 && key > "~";
  return (other ? code.replace(/^(Key|Digit)/, "") : key).toLowerCase();
}

function focused() {
  let at = document.activeElement ?? document.body;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at;
}
