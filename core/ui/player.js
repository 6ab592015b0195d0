// One playhead for every chart on the page, in the browser: it sets the charts' sliders ("frame" counts steps,
// "moment" the work inside them; "seen" tells whether the end was seen, whose axes then stay) and asks the server
// nothing. What it hides (the ending, until the film was over once) it hides by classes on the page's root that it
// adds itself: without this script everything is shown.

const SECONDS = 4;
const MOST_FRAME_MS = 500;
const RATES = [0.5, 1, 2, 4];
const HIDDEN = "film-running";
const ENDING = `.${HIDDEN} [class*="st-key-ending"]`;
const SHEET = `${ENDING}, ${ENDING} * {visibility: hidden !important}
form.vega-bindings {display: none !important}`;

// What is known of the film stands in the page, in an element that the server writes anew as the run grows.
const FILM = ".film-timeline";
const NOTHING_YET = { frames: 1, known: 0, planned: 1, done: false, steps_of_frame: null, summary: "" };

// How fast, and each playhead by its player's key and token, so that a redrawn player goes on.
const kept = (window.__film ??= { rate: 1, heads: new Map() });

export default function ({ data, parentElement }) {
  const player = (parentElement.filmPlayer ??= new Player(parentElement));
  player.update(data);
  return () => {
    player.close();
    delete parentElement.filmPlayer;
  };
}

class Player {
  constructor(host) {
    this.box = host.querySelector(".player");
    this.part = (name) => host.querySelector(`[data-part="${name}"]`);
    this.playing = false;
    this.at = 0;
    this.install();
    this.listen();
    this.watcher = new MutationObserver((changes) => this.restore(changes));
    this.watcher.observe(document.body, { childList: true, subtree: true });
  }

  install() {
    if (document.getElementById("film-sheet")) return;
    document.head.insertAdjacentHTML("beforeend", `<style id="film-sheet">${SHEET}</style>`);
  }

  listen() {
    const scrub = this.part("scrub");
    this.part("toggle").addEventListener("click", () => this.toggle());
    this.part("back").addEventListener("click", () => this.skip(-1));
    this.part("forward").addEventListener("click", () => this.skip(1));
    this.part("rate").addEventListener("click", () => this.faster());
    scrub.addEventListener("input", () => {
      this.pause();
      this.seek(Number(scrub.value));
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === " " && event.target === scrub) this.toggle();
      else if (event.key === "ArrowLeft" && event.target !== scrub) this.skip(-1);
      else if (event.key === "ArrowRight" && event.target !== scrub) this.skip(1);
      else return;
      event.preventDefault();
    });
  }

  // The server's word: at the first draw, and whenever more of the run is known or the language changed.
  update(data) {
    const fresh = this.data?.token !== data.token;
    const written = document.querySelector(FILM)?.dataset.film;
    const film = written ? JSON.parse(written) : NOTHING_YET;
    this.data = { ...data, ...(film.token === data.token ? film : NOTHING_YET) };
    if (fresh) this.begin();
    this.at = Math.min(this.at, this.last);
    if (!this.playing && this.resting) this.at = this.last;
    this.say();
    this.show();
  }

  begin() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const { autoplay, waits } = this.data;
    const opening = autoplay && !still;
    const fresh = { at: opening ? 0 : this.last, playing: opening && !waits, resting: !opening, seen: false };
    const before = kept.heads.get(this.memory);
    const { at, playing, resting, seen } = before ?? fresh;
    this.pause();
    Object.assign(this, { at, resting, seen });
    if (playing) this.play();
    if (autoplay && !before) this.present(still);
  }

  // Who pressed Run, a preset or a suggestion sees the film from its sentence down to its verdict.
  present(still) {
    const top = document.querySelector(innerWidth > 700 ? ".st-key-sentence" : ".st-key-actions");
    top?.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
  }

  get memory() {
    return `${this.data.key} ${this.data.token}`;
  }

  get last() {
    return Math.max(this.data.known - 1, 0);
  }

  // Until the end was seen, the slider is as long as the run was to be: a shorter one would tell the end.
  get length() {
    const whole = this.seen || this.data.steps_of_frame;
    return Math.max((whole ? this.data.frames : this.data.planned) - 1, 1);
  }

  get ended() {
    return this.data.done && this.at >= this.last;
  }

  get pace() {
    const frames = Math.max(this.data.frames, 1);
    return Math.min((SECONDS * 1000) / frames, MOST_FRAME_MS) / kept.rate;
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
    this.show();
  }

  play() {
    if (this.ended) this.at = 0;
    this.resting = false;
    this.playing = true;
    this.past = undefined;
    this.due = 0;
    this.timer = requestAnimationFrame((now) => this.tick(now));
  }

  pause() {
    this.playing = false;
    cancelAnimationFrame(this.timer);
  }

  tick(now) {
    if (!this.playing) return;
    this.due += Math.min(now - (this.past ?? now), 200) / this.pace;
    this.past = now;
    const whole = Math.floor(this.due);
    this.due = this.at >= this.last ? 0 : this.due - whole;
    if (whole > 0 && this.at < this.last) {
      this.at = Math.min(this.at + whole, this.last);
      this.resting = this.ended;
      if (this.ended) this.pause();
      this.show();
    }
    if (this.playing) this.timer = requestAnimationFrame((later) => this.tick(later));
  }

  // To the first moment of the next step; or of this one, or of the one before.
  skip(direction) {
    this.pause();
    let at = direction > 0 ? this.at : Math.max(this.at - 1, 0);
    const from = this.stepAt(at);
    if (direction > 0) while (at < this.last && this.stepAt(at) === from) at += 1;
    else while (at > 0 && this.stepAt(at - 1) === from) at -= 1;
    this.seek(at);
  }

  seek(frame) {
    this.at = Math.min(Math.max(frame, 0), this.last);
    this.resting = this.ended;
    this.show();
  }

  faster() {
    kept.rate = RATES[(RATES.indexOf(kept.rate) + 1) % RATES.length];
    this.say();
  }

  stepAt(frame) {
    const steps = this.data.steps_of_frame;
    return steps ? (steps[frame] ?? steps[steps.length - 1] ?? 0) : frame;
  }

  digits(number) {
    return String(number).replace(/[0-9]/g, (digit) => this.data.words.digits[Number(digit)]);
  }

  // Words, in the visitor's language.
  say() {
    const { words } = this.data;
    const speed = `${this.digits(kept.rate)}×`;
    this.part("rate").textContent = speed;
    this.name("rate", `${words.speed}: ${speed}`);
    for (const part of ["back", "forward", "scrub"]) this.name(part, words[part]);
    this.part("summary").lang = words.language;
  }

  name(part, words) {
    this.part(part).setAttribute("aria-label", words);
    if (part !== "scrub") this.part(part).title = words;
  }

  // Everything that shows where the playhead is.
  show() {
    const { words } = this.data;
    this.seen ||= this.ended;
    const told = (this.ended ? words.end : this.data.steps_of_frame ? words.within : words.at)
      .replace("{step}", this.digits(this.stepAt(this.at)))
      .replace("{last}", this.digits(this.length));
    const scrub = this.part("scrub");
    scrub.max = this.length;
    scrub.value = this.at;
    scrub.setAttribute("aria-valuetext", told);
    scrub.style.setProperty("--share", `${(100 * this.at) / scrub.max}%`);
    this.part("at").textContent = told;
    this.box.classList.toggle("playing", this.playing);
    this.name("toggle", this.playing ? words.pause : words.play);
    this.part("back").disabled = this.at <= 0;
    this.part("forward").disabled = this.at >= this.last;
    this.part("summary").textContent = this.ended ? this.data.summary : "";
    document.documentElement.classList.toggle(HIDDEN, !this.seen);
    kept.heads.set(this.memory, { at: this.at, playing: this.playing, resting: this.resting, seen: this.seen });
    this.drive(document);
  }

  // Put every slider where the playhead is. At the end of a run they go to their own maximum: everything shown.
  drive(place) {
    const at = { frame: this.stepAt(this.at), moment: this.at, seen: Number(this.seen) };
    for (const slider of place.querySelectorAll('form.vega-bindings input[type="range"]')) {
      if (!(slider.name in at)) continue;
      const wanted = this.ended ? slider.max : String(at[slider.name]);
      if (slider.value === wanted) continue;
      slider.value = wanted;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  // A chart that embeds anew has put its slider back; a timeline written anew has more to tell.
  restore(changes) {
    if (!this.data) return;
    const added = changes.flatMap((change) => [...change.addedNodes]);
    const came = (selector) => added.some((node) => node.matches?.(selector) || node.querySelector?.(selector));
    if (came(FILM)) this.update(this.data);
    if (came('form, input[type="range"]')) this.drive(document);
  }

  close() {
    this.pause();
    this.watcher.disconnect();
    document.documentElement.classList.remove(HIDDEN);
  }
}
