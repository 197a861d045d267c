// Typing a paper form: codes only, from field to field without the mouse. Without this script the
// page is a plain form; the server checks the same rules.

var doc = document,
  form = doc.getElementById('typing'),
  texts,
  items,
  history = [],
  began = 0;
if (!form || !form.classList || !Array.prototype.findIndex) return;
texts = JSON.parse(doc.getElementById('typing-texts').textContent);
items = [].slice.call(form.querySelectorAll('.item'));

function fieldOf(item) {
  return item.querySelector('[name]');
}

function dataOf(node, name) {
  return node.getAttribute('data-' + name);
}

// Full-width digits and signs, which Chinese keyboards write, as half-width ones.
function halfWidth(text) {
  return text
    .replace(/[\uff01-\uff5e]/g, function (character) {
      return String.fromCharCode(character.charCodeAt(0) - 65248);
    })
    .trim();
}

function codesOf(item) {
  var codes = dataOf(item, 'codes');
  return codes ? JSON.parse(codes) : null;
}

// The choice of a typed code: its stored code and its label.
function choiceOf(item, typed) {
  var codes = codesOf(item),
    short = typed.replace(/^0+(?=.)/, '');
  if (!codes) return null;
  return codes[typed] || codes[short] || codes['0' + short] || null;
}

function parts(typed) {
  return typed.split(/[\s,;、，；]+/).filter(Boolean);
}

function answerOf(code) {
  if (code == 'mode') return 'paper';
  var item = doc.getElementById('q-' + code),
    kind = item && dataOf(item, 'k'),
    typed = item && !item.hidden ? halfWidth(fieldOf(item).value) : '',
    choice;
  if (!typed) return null;
  if (kind == 's')
    return parts(typed).map(function (part) {
      return (choiceOf(item, part) || [part])[0];
    });
  choice = choiceOf(item, typed);
  if (codesOf(item) && !choice) return null;
  if (choice) typed = choice[0];
  if (kind != 'n') return typed;
  return isNaN(+typed) ? null : +typed;
}

function ruleOf(node, name) {
  var rule = dataOf(node, name);
  return rule === null ? undefined : evaluate(JSON.parse(rule), answerOf);
}

// Shows and hides by the rules, in page order. What is not asked is not sent.
function applyRules() {
  items.forEach(function (item) {
    var section = ruleOf(item, 'sif'),
      own = ruleOf(item, 'if'),
      isOff = (section !== undefined && section !== true) || (own !== undefined && own !== true);
    item.hidden = isOff;
    fieldOf(item).disabled = isOff;
  });
  var ending = items.some(function (item) {
    return !item.hidden && ruleOf(item, 'x') === true;
  });
  say(ending ? texts.ended : '');
}

function say(text) {
  var state = doc.getElementById('typing-state');
  if (state.textContent != text) state.textContent = text;
}

// What is wrong with an item; empty if nothing is.
function wrong(item) {
  var typed = halfWidth(fieldOf(item).value),
    kind = dataOf(item, 't'),
    isKnown;
  if (!typed) return dataOf(item, 'r') === null ? '' : texts.missing;
  if (codesOf(item)) {
    isKnown = parts(typed).every(function (part) {
      return choiceOf(item, part);
    });
    return isKnown ? '' : texts.no_code;
  }
  if (kind == 'integer' || kind == 'decimal') {
    if (!/^-?\d+(\.\d+)?$/.test(typed) || (kind == 'integer' && typed.indexOf('.') >= 0))
      return texts.no_number;
    if (dataOf(item, 'min') !== null && +typed < +dataOf(item, 'min')) return texts.range;
    if (dataOf(item, 'max') !== null && +typed > +dataOf(item, 'max')) return texts.range;
  }
  return ruleOf(item, 'v') === false ? texts.invalid : '';
}

function mark(item, message) {
  var output = item.querySelector('output'),
    field = fieldOf(item),
    typed = halfWidth(field.value),
    labels;
  item.classList.toggle('bad', !!message);
  if (message) field.setAttribute('aria-invalid', 'true');
  else field.removeAttribute('aria-invalid');
  if (!output) return;
  labels = parts(typed).map(function (part) {
    return (choiceOf(item, part) || ['', ''])[1];
  });
  output.textContent = message || labels.join(' ');
}

// The fields in their order: the head of the form, then the questions that are asked.
function order() {
  return [].slice.call(form.querySelectorAll('.head [name], .item [name]')).filter(function (field) {
    return !field.disabled && field.type != 'hidden';
  });
}

function go(field, steps) {
  var all = order(),
    next = all[all.indexOf(field) + steps];
  if (next) {
    next.focus();
    if (next.select) next.select();
  } else if (steps > 0) doc.getElementById('typing-save').focus();
}

// Whether the typed code has all its digits, so that the next field follows.
function isFull(item, typed) {
  var digits = +dataOf(item, 'digits');
  if (!digits || dataOf(item, 'k') == 's') return false;
  return typed.length >= digits;
}

function note(field) {
  if (!began) began = Date.now();
  var last = history[history.length - 1],
    before = field.getAttribute('data-before') || '';
  if (field.value != before && !(last && last[0] == field && last[1] == before))
    history.push([field, before]);
  field.setAttribute('data-before', field.value);
}

function typed(field) {
  note(field);
  var item = field.closest('.item'),
    message;
  if (!item) return;
  applyRules();
  message = wrong(item);
  if (isFull(item, halfWidth(field.value))) {
    mark(item, message);
    if (message) field.select();
    else go(field, 1);
  } else mark(item, '');
}

function undo() {
  var last = history.pop();
  if (!last) return;
  last[0].value = last[1];
  last[0].setAttribute('data-before', last[1]);
  last[0].disabled = false;
  applyRules();
  items.forEach(function (item) {
    if (fieldOf(item) == last[0]) mark(item, '');
  });
  last[0].focus();
}

form.addEventListener('input', function (event) {
  if (!event.isComposing) typed(event.target);
});

form.addEventListener('keydown', function (event) {
  var field = event.target,
    item = field.closest && field.closest('.item'),
    message;
  if (event.isComposing || !field.name) return;
  if (event.key == 'Escape') {
    event.preventDefault();
    undo();
  } else if (event.key == 'Enter' && field.tagName != 'TEXTAREA' && field.type != 'submit') {
    event.preventDefault();
    message = item ? wrong(item) : '';
    if (item) mark(item, message);
    if (message) field.select();
    else go(field, 1);
  } else if (event.key == 'ArrowDown' && field.tagName == 'INPUT') {
    event.preventDefault();
    go(field, 1);
  } else if (event.key == 'ArrowUp' && field.tagName == 'INPUT') {
    event.preventDefault();
    go(field, -1);
  } else if (event.key == 'Backspace' && !field.value) {
    event.preventDefault();
    go(field, -1);
  }
});

doc.getElementById('typing-undo').addEventListener('click', undo);
doc.getElementById('typing-undo').hidden = false;

// The head of a form is mostly that of the form before.
var KEPT = ['psu', 'enumerator', 'started_at'];
var place = 'minyi-typing:' + location.pathname;

form.addEventListener('submit', function (event) {
  var first = items.filter(function (item) {
      return !item.hidden && wrong(item);
    })[0],
    kept = {};
  if (first) {
    event.preventDefault();
    mark(first, wrong(first));
    fieldOf(first).focus();
    return;
  }
  KEPT.forEach(function (name) {
    kept[name] = form.elements[name] ? form.elements[name].value : '';
  });
  try {
    sessionStorage.setItem(place, JSON.stringify(kept));
  } catch (error) {
    // Without storage the head is typed again.
  }
  form.elements.seconds.value = began ? Math.round((Date.now() - began) / 1000) : 0;
});

(function () {
  var kept = {},
    number = form.elements.id;
  try {
    kept = JSON.parse(sessionStorage.getItem(place)) || {};
  } catch (error) {
    kept = {};
  }
  KEPT.forEach(function (name) {
    if (form.elements[name] && !form.elements[name].value && kept[name])
      form.elements[name].value = kept[name];
  });
  order().forEach(function (field) {
    field.setAttribute('data-before', field.value);
  });
  applyRules();
  items.forEach(function (item) {
    if (fieldOf(item).value) mark(item, wrong(item));
  });
  var bad = form.querySelector('.item.bad [name]');
  (bad || number).focus();
})();
