// The questionnaire, one step at a time. ES2017 and older, no library; every byte goes to a hundred thousand phones, so
// names are short. The page without it is complete: whatever fails here leaves one long form that can be sent.
(function () {
  'use strict';
  var d = document, w = window, f = d.forms[0], T, steps, at = 0, key = 'minyi:' + location.pathname, draft, old = null,
    sending = false, ended = false, begun = false, editing = false, wait = 2, timer, entered, shown = 0, touched = 0,
    fresh, prompted = {}, title = d.title;
  if (!f || !w.history.pushState || !f.classList || !w.crypto) return;
  function $(s, n) { return [].slice.call((n || d).querySelectorAll(s)); }
  function el(id) { return d.getElementById(id); }
  function data(n, a) { return n.getAttribute('data-' + a); }
  function words(n, values) { return T[n].replace(/%\{(\w+)\}/g, function (m, v) { return values[v]; }); }
  function make(tag, text, into) { var n = d.createElement(tag); n.textContent = text; if (into) into.appendChild(n); return n; }
  function uuid() {
    // The time comes first (RFC 9562, version 7), so that the index of a large database grows at one end.
    var b = new Uint8Array(16), h = '', i, t = Date.now();
    crypto.getRandomValues(b);
    for (i = 5; i >= 0; i--) { b[i] = t % 256; t = Math.floor(t / 256); }
    b[6] = b[6] & 15 | 112; b[8] = b[8] & 63 | 128;
    for (i = 0; i < 16; i++) h += (i == 4 || i == 6 || i == 8 || i == 10 ? '-' : '') + (b[i] + 256).toString(16).slice(1);
    return h;
  }
  // Full-width digits and signs, as Chinese keyboards write them.
  function half(s) {
    return s.replace(/[\uff01-\uff5e]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 65248); }).trim();
  }

  // Rules: the compiled form that the server evaluates too; null is unknown.
  function rule(e, get) {
    if (!Array.isArray(e)) return e;
    var o = e[0], a, b, i, u = false;
    if (o == 'q') { a = get(e[1]); return a === undefined ? null : a; }
    if (o == 'answered') return get(e[1]) != null;
    if (o == 'count') { a = get(e[1]); return a == null ? 0 : Array.isArray(a) ? a.length : 1; }
    if (o == 'and' || o == 'or') {
      for (i = 1; i < e.length; i++) {
        a = rule(e[i], get);
        if (a === (o == 'or')) return a;
        if (a === null) u = true;
      }
      return u ? null : o == 'and';
    }
    a = rule(e[1], get);
    if (a === null) return null;
    if (o == 'not') return !a;
    if (o == 'neg') return -a;
    if (o == 'in') return (Array.isArray(a) ? a : [a]).some(function (x) {
      return e[2].some(function (y) { return Array.isArray(a) ? String(x) === String(y) : x === y; });
    });
    b = rule(e[2], get);
    if (b === null) return null;
    switch (o) {
      case '=': return a === b;
      case '!=': return a !== b;
      case '<': return a < b;
      case '<=': return a <= b;
      case '>': return a > b;
      case '>=': return a >= b;
      case '+': return a + b;
      case '-': return a - b;
      case '*': return a * b;
      case '/': return b === 0 ? null : a / b;
    }
    return null;
  }
  w.minyiRule = rule;

  // Answers.
  function choice(i) { return /radio|checkbox/.test(i.type); }
  function fields(q) { return $('[name]', q); }
  function values(q) {
    return fields(q).filter(function (i) { return (!choice(i) || i.checked) && i.value.trim(); }).map(function (i) { return i.value; });
  }
  function asked(q) { return !q.hidden && data(q.parentNode, 'off') === null; }
  function answer(code) {
    if (code == 'mode') return 'online';
    var q = el('q-' + code), v = q && asked(q) ? values(q) : [], k = q && data(q, 'k');
    if (!v.length) return null;
    if (k == 's') return v;
    if (k != 'n') return v[0].trim();
    return isNaN(+half(v[0])) ? null : +half(v[0]);
  }
  function holds(n, a) { a = data(n, a); return a === null ? null : rule(JSON.parse(a), answer); }
  function questions(s) { return $('[data-q]', s); }
  function conditional(n, off) {
    if (data(n, 'if') !== null) off(holds(n, 'if') !== true);
  }
  // What is asked on the way that the answers describe; in page order, since a rule sees only what stands before it.
  function route() {
    steps.forEach(function (s) {
      conditional(s, function (o) { if (o) s.setAttribute('data-off', ''); else s.removeAttribute('data-off'); });
      $('[data-if]', s).forEach(function (q) { conditional(q, function (o) { q.hidden = o; }); });
    });
    $('.row').forEach(function (r) { r.classList.toggle('on', r.firstElementChild.checked); });
  }

  // Faults: the server's, in the server's words.
  function fault(q) {
    var v = values(q), t = data(q, 't'), n, c = v.length;
    if (!c) return data(q, 'r') === null ? '' : T[/integer|decimal|text/.test(t) ? 'missing_written' : 'missing'];
    if (t == 'integer' || t == 'decimal') {
      n = half(v[0]);
      if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(n) || /^-[0.]+$/.test(n)) return words('not_a_number', { given: n });
      if (t == 'integer' && /\./.test(n)) return words('not_a_whole_number', { given: n });
      if (t == 'decimal' && (n.split('.')[1] || '').length > +data(q, 'd')) return words('too_many_decimals', { decimals: data(q, 'd') });
      if (data(q, 'min') !== null && +n < +data(q, 'min')) return words('below_min', { min: data(q, 'min') });
      if (data(q, 'max') !== null && +n > +data(q, 'max')) return words('above_max', { max: data(q, 'max') });
    }
    if (t == 'multiple' && !$('[data-alone]:checked', q)[0]) {
      if (c < +data(q, 'min')) return words('too_few_choices', { min_choices: data(q, 'min') });
      if (c > +data(q, 'max')) return words('too_many_choices', { max_choices: data(q, 'max') });
    }
    return holds(q, 'v') === false ? data(q, 'vt') || T.invalid : '';
  }
  function say(q, m) {
    var p = $('.err', q)[0], id = 'e-' + data(q, 'q'), hint = $('.hint', q)[0];
    if (!p) { p = make('p', ''); p.className = 'err'; p.id = id; q.insertBefore(p, q.children[1] || null); }
    p.textContent = m; p.hidden = !m;
    q.classList.toggle('bad', !!m);
    (q.tagName == 'FIELDSET' ? [q] : fields(q)).forEach(function (i) {
      i.setAttribute('aria-describedby', (m ? id : '') + (hint ? ' ' + hint.id : ''));
      if (i != q) i.setAttribute('aria-invalid', !!m);
    });
  }
  function go(q) {
    var i = steps.indexOf(q.parentNode), first = $('input:checked', q)[0] || fields(q)[0];
    if (i != at) show(i, true);
    q.scrollIntoView();
    first.focus();
  }
  function summary(list) {
    var box = el('sum'), ul;
    box.textContent = '';
    box.hidden = !list.length;
    d.title = (list.length ? T.error_prefix : '') + heading().textContent.trim() + ' · ' + title;
    if (!list.length) return false;
    make('h2', T.errors, box);
    ul = make('ul', '', box);
    list.forEach(function (q) {
      var a = make('a', words('fault_line', { question: name(q), message: $('.err', q)[0].textContent }), make('li', '', ul));
      a.href = '#' + q.id;
      a.onclick = function (e) { e.preventDefault(); go(q); };
    });
    box.focus();
    return true;
  }
  function check(list) {
    return list.filter(asked).filter(function (q) { var m = fault(q); say(q, m); return m; });
  }
  function name(q) { return $('.ask', q)[0].textContent.trim(); }

  // Steps.
  function heading() { return $('h1,h2', steps[at])[0]; }
  function live() {
    return steps.filter(function (s) { return data(s, 'off') === null && (data(s, 's') === null || questions(s).some(asked)); });
  }
  // Whether a later step may yet be asked: its condition rests on a question that is still to come.
  function open(s) {
    var on = (data(s, 'if') || '').match(/\["(q|count|answered)","\w+"/g) || [];
    return on.some(function (v) { var q = el('q-' + v.split('"')[3]); return q && steps.indexOf(q.parentNode) >= at; });
  }
  function progress() {
    var l = live().filter(function (s) { return data(s, 's') !== null; }), i = l.indexOf(steps[at]), more = 0, left = l.length - 1 - i;
    steps.forEach(function (s, n) { if (n > at && data(s, 'off') !== null && open(s)) more++; });
    el('where').textContent = i < 0 ? '' : words(more ? 'step_most' : left ? 'step' : 'step_last', { at: i + 1, left: left + more });
    el('bar').style.width = at ? (i < 0 ? 100 : 100 * i / (l.length + more)) + '%' : 0;
  }
  function clock() {
    var s = steps[at] && data(steps[at], 's');
    if (s && entered) draft.p[s] = (draft.p[s] || 0) + Math.round((Date.now() - entered) / 1000);
    entered = Date.now();
  }
  // `push`: true for a step forward, false for the browser's own back and forward, nothing for the first look.
  function show(n, push) {
    var l = live(), s, front, last;
    clock();
    at = Math.max(0, Math.min(n, steps.length - 1));
    while (at && at < steps.length - 1 && l.indexOf(steps[at]) < 0) at++;
    s = steps[at]; front = !at; last = s.id == 's-review';
    steps.forEach(function (x) { x.hidden = x != s; });
    if (last) review();
    el('nav').hidden = front; $('.top b')[0].hidden = !front; el('bar').parentNode.hidden = front;
    el('next').hidden = last || s.id == 's-end'; el('send').hidden = !last;
    el('back').hidden = !!draft.s;
    el('next').textContent = editing ? T.again : T.next;
    progress(); state(''); fresh = [];
    if (push) { history.pushState({ at: at }, ''); draft.at = at; save(); }
    shown = Date.now();
    if (push !== undefined) {
      summary([]);
      w.scrollTo(0, 0);
      heading().focus();
    }
  }
  function review() {
    var box = el('review'), ul, s = null;
    box.textContent = '';
    questions().filter(asked).forEach(function (q) {
      var b, a, label = $('h2', q.parentNode)[0].textContent;
      if (label != s) { make('h3', s = label, box).setAttribute('aria-level', 2); ul = make('ul', '', box); ul.className = 'rev'; }
      b = make('button', '', make('li', '', ul));
      b.type = 'button';
      make('span', name(q), b);
      a = fields(q).filter(function (i) { return i.value.trim() && (!choice(i) || i.checked); }).map(function (i) {
        return choice(i) ? i.parentNode.textContent : i.options ? i.options[i.selectedIndex].text : i.value.trim() + (i.nextSibling ? ' ' + i.nextSibling.textContent : '');
      });
      make('b', a.join(T.comma) || T.no_answer, b);
      b.disabled = draft.s;
      b.onclick = function () { editing = true; go(q); };
    });
  }

  // The draft on this phone.
  function keep() {
    draft.u = Date.now();
    try { localStorage.setItem(key, JSON.stringify(draft)); } catch (e) { }
  }
  // Called when a person has done something, so that nothing else can take answers away.
  function save() {
    draft.a = {};
    questions().forEach(function (q) { var v = values(q); if (v.length) draft.a[data(q, 'q')] = v; });
    keep();
  }
  function forget() { try { localStorage.removeItem(key); } catch (e) { } }
  function blank() { return { id: uuid(), p: {}, a: {}, at: 0, s: 0 }; }
  // Puts the draft's answers into the page.
  function fill() {
    questions().forEach(function (q) {
      var v = draft.a[data(q, 'q')] || [];
      fields(q).forEach(function (i) { if (choice(i)) i.checked = v.indexOf(i.value) >= 0 && i.value !== ''; else i.value = v[0] || ''; });
    });
    route();
  }
  function restore() { draft = old; begun = true; fill(); }
  // To go on or to discard: until that is decided there is no new start.
  function offer(is) { el('resume').hidden = !is; el('start').parentNode.hidden = is; }
  // Back leads through the steps before, as if they had been walked just now.
  function resume(n) {
    var l = live(), i;
    for (i = 1; i < n; i++) if (l.indexOf(steps[i]) >= 0) history.pushState({ at: i }, '');
    show(n, true);
  }

  // Sending, until it is acknowledged; the same id each time, so that it arrives once.
  function body() {
    var p = [];
    function add(n, v) { p.push(encodeURIComponent(n) + '=' + encodeURIComponent(v)); }
    questions().filter(asked).forEach(function (q) { (draft.a[data(q, 'q')] || []).forEach(function (v) { add(data(q, 'q'), v); }); });
    add('response_id', draft.id); add('started_at', draft.t); add('finished_at', draft.e); add('paradata', JSON.stringify(draft.p));
    if (f.website.value) add('website', f.website.value);
    if (el('large').checked) add('text', 'large');
    return p.join('&').replace(/%20/g, '+');
  }
  function state(m) { var s = el('state'); s.textContent = m; s.hidden = !m; }
  function rest() {
    sending = false;
    el('send').disabled = false;
    el('back').hidden = !!draft.s;
    el('send').textContent = draft.s ? T.retry : T.send;
  }
  function later() {
    rest();
    state(T.not_sent);
    timer = setTimeout(send, wait * 1000);
    wait = Math.min(wait * 2, 300);
  }
  function send() {
    if (sending || ended) return;
    sending = true;
    clearTimeout(timer);
    if (!draft.e) { clock(); draft.e = new Date().toISOString(); }
    draft.s = 1; keep(); review();
    el('send').disabled = true; el('back').hidden = true;
    state(T.sending);
    var x = new XMLHttpRequest();
    x.open('POST', location.href.split('#')[0]);
    x.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    x.timeout = 30000;
    x.onload = function () {
      var page = new DOMParser().parseFromString(x.responseText, 'text/html'), bad;
      if (x.status == 200 && /\/thanks\?/.test(x.responseURL)) { ended = true; forget(); location.replace(x.responseURL); return; }
      if (x.status == 422) {
        draft.s = 0; draft.e = ''; rest(); keep();
        bad = $('.bad', page).map(function (b) { var q = el(b.id); if (q) say(q, $('.err', b)[0].textContent); return q; }).filter(Boolean);
        if (bad[0]) { editing = true; show(steps.indexOf(bad[0].parentNode), true); summary(bad); return; }
      }
      // A gate's log-in page, a filter's refusal or an overloaded server is no acknowledgement.
      if (x.status != 422 && !$('[data-end],[data-refused]', page)[0]) { later(); return; }
      draft.s = 0; rest(); keep();
      if ($('[data-end]', page)[0]) { ended = true; forget(); }
      state($('main p,main h1,.sum', page).map(function (p) { return p.textContent; }).join(' ') || T.not_sent);
    };
    x.onerror = x.ontimeout = later;
    x.send(body());
  }
  function again() { if (draft.s && !sending) { wait = 2; send(); } }

  // Once for each step: a gentle word when it was answered faster than it can be read, or all alike in one sweep.
  function gentle(s) {
    var n = fresh.length, t = Date.now() - entered, all = questions(s).filter(asked).map(function (q) { return values(q)[0]; });
    if (prompted[s.id] || !(n > 3 && t < n * 800 || n > 4 && t < n * 1200 && all.every(function (v) { return v === all[0]; }))) return false;
    prompted[s.id] = 1;
    state(T.fast);
    return true;
  }
  function next() {
    var s = steps[at], list = questions(s), out, n;
    if (Date.now() - shown < 300) return;
    if (summary(check(list))) return;
    out = list.filter(function (q) { return asked(q) && holds(q, 'x') === true; })[0];
    if (out) {
      el('end').textContent = data(out, 'xt') || T.screened_out;
      forget();
      show(steps.length - 1, true);
      forget();
      return;
    }
    if (gentle(s)) return;
    n = at + 1;
    // After a correction straight back to the review, unless the correction opened a question.
    if (editing) {
      while (n < steps.length - 2 && !questions(steps[n]).some(function (q) { return asked(q) && fault(q); })) n++;
      if (steps[n].id == 's-review') editing = false;
    }
    show(n, true);
  }

  T = JSON.parse(el('t').textContent);
  d.documentElement.classList.add('js');
  // Long sections become steps of at most five questions.
  $('[data-s]').forEach(function (s, number) {
    var list = $('[data-q],.note', s), parts = Math.ceil(list.length / 5), size = Math.ceil(list.length / parts), here = s, i, n;
    s.id = 's' + number;
    for (i = size; i < list.length; i++) {
      if (i % size == 0) {
        n = s.cloneNode(false); n.id = s.id + '-' + i;
        $('h2,h2+p.soft', s).forEach(function (h) { n.appendChild(h.cloneNode(true)); });
        here.parentNode.insertBefore(n, here.nextSibling); here = n;
      }
      here.appendChild(list[i]);
    }
  });
  steps = $('.step');
  $('h1,h2', f).forEach(function (h) { h.setAttribute('tabindex', -1); h.setAttribute('aria-level', 1); });
  draft = blank();
  try { old = JSON.parse(localStorage.getItem(key)); } catch (e) { }
  // A week-old draft is no longer anyone's; one that waits to be sent is kept until it is.
  if (old && !(old.a && old.p && (old.s || Date.now() - old.u < 6048e5))) old = null;
  function size() { try { if (localStorage.getItem('minyi:large') == 1) el('large').checked = true; } catch (e) { } }
  size();
  el('large').onchange = function () { try { localStorage.setItem('minyi:large', this.checked ? 1 : 0); } catch (e) { } };
  route();

  ['mousedown', 'touchstart'].forEach(function (e) { f.addEventListener(e, function () { touched = Date.now(); }, { passive: true }); });
  f.addEventListener('change', function (e) {
    var i = e.target, q = i, n;
    if (i.id == 'large' || !begun) return;
    while (q && !(q.hasAttribute && q.hasAttribute('data-q'))) q = q.parentNode;
    if (!q) return;
    if (i.type == 'checkbox' && i.checked) $('input', q).forEach(function (o) {
      if (o != i && (i.hasAttribute('data-alone') || o.hasAttribute('data-alone'))) o.checked = false;
    });
    route(); progress(); state('');
    if (q.classList.contains('bad')) say(q, fault(q));
    n = fresh.indexOf(q) < 0 && !(data(q, 'q') in draft.a);
    if (n) fresh.push(q);
    save();
    // A thumb is led to the next question; a keyboard is left where it is.
    if (n && i.type == 'radio' && Date.now() - touched < 800) {
      n = questions(steps[at]).filter(function (o) { return asked(o) && !values(o).length && o.compareDocumentPosition(q) & 2; })[0];
      if (n) setTimeout(function () { n.scrollIntoView(w.matchMedia('(prefers-reduced-motion:reduce)').matches || { behavior: 'smooth', block: 'start' }); }, 180);
    }
  });
  f.addEventListener('input', function (e) { if (begun && !choice(e.target)) save(); });
  f.addEventListener('submit', function (e) {
    e.preventDefault();
    // The enter key of a phone's keyboard submits: on a step it means the next one.
    if (steps[at].id != 's-review') { if (at) next(); return; }
    if (Date.now() - shown < 300 && !draft.s) return;
    var bad = check(questions());
    if (bad[0]) { editing = true; show(steps.indexOf(bad[0].parentNode), true); summary(bad); return; }
    save(); send();
  });
  el('start').onclick = function (e) { e.preventDefault(); begun = true; draft.t = draft.t || new Date().toISOString(); show(1, true); };
  el('next').onclick = next;
  el('back').onclick = function () { history.back(); };
  w.addEventListener('popstate', function (e) {
    var n = e.state && begun ? e.state.at : 0;
    if (sending || draft.s) n = steps.length - 2;
    editing = false;
    show(n, false);
  });
  w.addEventListener('online', again);
  d.addEventListener('visibilitychange', function () { if (!d.hidden) again(); });
  // A page that comes back from the back-forward cache. A form that was sent is shown to nobody. WebKit empties every form
  // with `autocomplete="off"` in a task that it queues before this event: a timer runs after that task.
  w.addEventListener('pageshow', function (e) {
    if (!e.persisted) return;
    if (ended) { location.reload(); return; }
    setTimeout(function () {
      if (begun) fill();
      size(); rest(); again();
      if (steps[at].id == 's-review') review();
    });
  });
  $('[name=lang]').forEach(function (b) {
    b.type = 'button';
    b.onclick = function () {
      // The channel of the QR code goes along.
      var c = /[?&](c=[^&#]*)/.exec(location.search);
      if (begun && !ended) { draft.l = 1; save(); }
      location.href = '?lang=' + b.value + (el('large').checked ? '&text=large' : '') + (c ? '&' + c[1] : '');
    };
  });

  history.replaceState({ at: 0 }, '');
  if (data(f, 'faults') !== null) {
    begun = true;
    if (old) { draft.id = old.id; draft.t = old.t; }
    draft.t = draft.t || new Date().toISOString();
    old = $('.bad');
    if (old[0]) { show(steps.indexOf(old[0].parentNode), true); summary(old); }
    return;
  }
  show(0);
  if (!old) return;
  if (old.s) { restore(); resume(steps.length - 2); send(); }
  else if (old.l) { old.l = 0; restore(); resume(old.at); }
  else if (Object.keys(old.a).length) {
    offer(true);
    el('resume-yes').onclick = function () { offer(false); restore(); resume(old.at || 1); };
    el('resume-no').onclick = function () { forget(); old = null; offer(false); };
  }
})();
