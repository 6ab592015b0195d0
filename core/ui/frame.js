// What the page's HTML lacks: the language of each part where two are mixed, boxes that scroll by keys, and Print.
// One sweep a quarter of a second after something has changed; a film's frames, which change charts alone, start none.
(() => {
  if (window.__frame) return;
  window.__frame = true;

  const PARTS = "h1, h2, h3, p, li, summary";
  const BANGLA = /[\u0980-\u09FF]/;
  const SHARE = 0.25; // of its words and numbers: a Bangla sentence has Latin names in it, an English one a Bangla word at most

  const language = (part) => {
    const words = part.textContent.match(/[\p{L}\p{M}\p{N}]+/gu);
    if (!words) return null;
    return words.filter((word) => BANGLA.test(word)).length >= SHARE * words.length ? "bn" : "en";
  };

  const sweep = () => {
    for (const part of document.querySelectorAll(PARTS)) {
      const said = language(part);
      if (said && part.lang !== said) part.lang = said;
    }
    for (const box of document.querySelectorAll("pre")) {
      const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      if (scrolls !== (box.tabIndex === 0)) scrolls ? (box.tabIndex = 0) : box.removeAttribute("tabindex");
    }
  };

  let due = 0;
  const soon = () => (due ||= setTimeout(() => ((due = 0), sweep()), 250));
  new MutationObserver((changes) => {
    if (changes.some(({ target }) => !target.closest?.("svg"))) soon();
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
  addEventListener("resize", soon);
  soon();

  // Before Streamlit hears of it: to print, nothing need be computed.
  const print = (event) => {
    if (!event.target.closest?.(".st-key-print button")) return;
    event.stopPropagation();
    window.print();
  };
  addEventListener("click", print, true);
})();
