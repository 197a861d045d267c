// Makes steps of the long form, and reads what this browser has stored.

texts = JSON.parse(byId('t').textContent);
doc.documentElement.classList.add('js');

// Long sections become steps of at most five questions.
all('[data-s]').forEach(function (section, number) {
  var list = all('[data-q],.note', section),
    parts = Math.ceil(list.length / 5),
    size = Math.ceil(list.length / parts),
    last = section,
    i,
    part;
  section.id = 's' + number;
  for (i = size; i < list.length; i++) {
    if (i % size == 0) {
      part = section.cloneNode(false);
      part.id = section.id + '-' + i;
      all('h2,h2+p.soft', section).forEach(function (head) {
        part.appendChild(head.cloneNode(true));
      });
      last.parentNode.insertBefore(part, last.nextSibling);
      last = part;
    }
    last.appendChild(list[i]);
  }
});
code = byId('invitation');
if (code) {
  byId('s-review').appendChild(code.parentNode);
  code.value = code.value || (/[?&]i=([\w-]*)/.exec(location.search) || '')[1] || '';
}
steps = all('.step');
all('h1,h2', form).forEach(function (heading) {
  heading.setAttribute('tabindex', -1);
  heading.setAttribute('aria-level', 1);
});
draft = newDraft();
try {
  saved = JSON.parse(localStorage.getItem(draftKey));
} catch (e) {}

// A draft is dropped after a week, unless it waits to be sent.
if (saved && !(saved.a && saved.p && (saved.s || Date.now() - saved.u < 6048e5))) saved = null;

function applyTextSize() {
  try {
    if (localStorage.getItem('minyi:large') == 1) byId('large').checked = true;
  } catch (e) {}
}
applyTextSize();
byId('large').onchange = function () {
  try {
    localStorage.setItem('minyi:large', this.checked ? 1 : 0);
  } catch (e) {}
};
applyConditions();
