// State of the page and access to it. All files of this folder are one function, in strict mode,
// in ECMAScript 5 with the functions of browsers of 2017. Without this script the page is one long
// form that works; whatever fails here must leave it so.

var doc = document,
  win = window,
  form = doc.forms[0],
  // The texts of the script, by key.
  texts,
  // The steps, and the index of the one that is shown.
  steps,
  current = 0,
  draftKey = 'minyi:' + location.pathname,
  draft,
  // The field of the invitation, if the survey has any.
  code,
  // The draft that was found at the start.
  saved = null,
  sending = false,
  // The response is stored or refused: nothing is left to do.
  ended = false,
  // The start button was pressed.
  started = false,
  // A question is being corrected: the review follows.
  editing = false,
  retrySeconds = 2,
  retryTimer,
  // When the step was entered, for the time that it takes; when it was shown last, against double
  // taps; when the screen was touched last.
  enteredAt,
  shownAt = 0,
  touchedAt = 0,
  // Questions of this step that had no answer before.
  justAnswered,
  // Whether it was warned of answers that are too fast.
  warned,
  pageTitle = doc.title;
if (!form || !win.history.pushState || !form.classList || !win.crypto) return;

function all(selector, within) {
  return [].slice.call((within || doc).querySelectorAll(selector));
}

function byId(id) {
  return doc.getElementById(id);
}

function dataOf(node, name) {
  return node.getAttribute('data-' + name);
}

function fillIn(key, values) {
  return texts[key].replace(/%\{(\w+)\}/g, function (match, name) {
    return values[name];
  });
}

function append(tag, text, into) {
  var node = doc.createElement(tag);
  node.textContent = text;
  if (into) into.appendChild(node);
  return node;
}

function uuid() {
  // Version 7 (RFC 9562) begins with the time, so a large index in the database grows at its end.
  var bytes = new Uint8Array(16),
    text = '',
    i,
    time = Date.now();
  crypto.getRandomValues(bytes);
  for (i = 5; i >= 0; i--) {
    bytes[i] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = (bytes[6] & 15) | 112;
  bytes[8] = (bytes[8] & 63) | 128;
  for (i = 0; i < 16; i++)
    text +=
      (i == 4 || i == 6 || i == 8 || i == 10 ? '-' : '') + (bytes[i] + 256).toString(16).slice(1);
  return text;
}

// Full-width digits and signs, which Chinese keyboards write, as half-width ones.
function halfWidth(text) {
  return text
    .replace(/[\uff01-\uff5e]/g, function (character) {
      return String.fromCharCode(character.charCodeAt(0) - 65248);
    })
    .trim();
}
