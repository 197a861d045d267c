(function () {
  'use strict';
  var d = document, f = d.forms[0], T, steps, at = 0, key, draft, sending = false, wait = 2, timer, began, paradata = {}, entered, prompted = {};
  if (!f || !d.querySelectorAll || !window.localStorage || !('classList' in f)) return;
  T = JSON.parse(d.getElementById('t').textContent);
  function $(s, n) { return [].slice.call((n || d).querySelectorAll(s)); }
  function el(id) { return d.getElementById(id); }
  function uuid() {
    var b = new Uint8Array(16), h = '', i;
    crypto.getRandomValues(b);
    b[6] = b[6] & 15 | 64; b[8] = b[8] & 63 | 128;
    for (i = 0; i < 16; i++) h += (i == 4 || i == 6 || i == 8 || i == 10 ? '-' : '') + (b[i] + 256).toString(16).slice(1);
    return h;
  }
  function half(s) {
    return s.replace(/[\uff01-\uff5e]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 65248); }).replace(/[\s\u3000]+/g, '');
  }
  function fields(q) { return $('input,select,textarea', q).filter(function (i) { return i.name === q.getAttribute('data-q'); }); }
  function values(q) {
    return fields(q).filter(function (i) { return /radio|checkbox/.test(i.type) ? i.checked : i.value.trim() !== ''; })
      .map(function (i) { return i.value; }).filter(function (v) { return v !== ''; });
  }
  // What a rule sees of a question: a number, a text, a set, or null when it is unanswered or not asked.
  function answer(code) {
    if (code === 'mode') return 'online';
    var q = el('q-' + code), v, k;
    if (!q || q.hidden || q.parentNode.hasAttribute('data-off')) return null;
    v = values(q); k = q.getAttribute('data-k');
    if (!v.length) return null;
    if (k === 's') return v;
    if (k === 'n') return isNaN(+half(v[0])) ? null : +half(v[0]);
    return v[0];
  }
  function rule(e, get) {
    if (!Array.isArray(e)) return e;
    var o = e[0], a, b, i, u = false;
    if (o === 'q') return get(e[1]);
    if (o === 'answered') { a = get(e[1]); return a !== null && a !== undefined; }
    if (o === 'count') { a = get(e[1]); return a == null ? 0 : Array.isArray(a) ? a.length : 1; }
    if (o === 'and' || o === 'or') {
      for (i = 1; i < e.length; i++) {
        a = rule(e[i], get);
        if (a === (o === 'or')) return a;
        if (a == null) u = true;
      }
      return u ? null : o === 'and';
    }
    a = rule(e[1], get);
    if (a == null) return null;
    if (o === 'not') return !a;
    if (o === 'neg') return -a;
    if (o === 'in') return Array.isArray(a) ? a.some(function (x) { return e[2].some(function (y) { return String(x) === String(y); }); }) : e[2].indexOf(a) >= 0;
    b = rule(e[2], get);
    if (b == null) return null;
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
  window.minyiRule = rule;
  function holds(n, a) { return rule(JSON.parse(n.getAttribute(a)), answer); }
  // Shows what is asked on the way that the answers describe; in page order, since later rules see only what is asked.
  function route() {
    steps.forEach(function (s) {
      if (s.hasAttribute('data-if')) {
        if (holds(s, 'data-if') === true) s.removeAttribute('data-off'); else s.setAttribute('data-off', '');
      }
      $('[data-q]', s).forEach(function (q) {
        if (q.hasAttribute('data-if')) q.hidden = holds(q, 'data-if') !== true;
      });
    });
  }
  function asked(q) { return !q.hidden && !q.parentNode.hasAttribute('data-off'); }
  function say(q, m) {
    var p = $('.err', q)[0];
    if (!p) { p = d.createElement('p'); p.className = 'err'; p.id = 'e-' + q.getAttribute('data-q'); q.insertBefore(p, q.children[1] || null); }
    p.textContent = m; p.hidden = !m;
    q.classList[m ? 'add' : 'remove']('bad');
    fields(q).forEach(function (i) {
      if (m) { i.setAttribute('aria-invalid', 'true'); i.setAttribute('aria-describedby', p.id); }
      else { i.removeAttribute('aria-invalid'); i.removeAttribute('aria-describedby'); }
    });
  }
  function fault(q) {
    if (!asked(q)) return '';
    var v = values(q), i = fields(q)[0], n, t = q.getAttribute('data-t');
    if (!v.length) return q.hasAttribute('data-r') ? T.missing : '';
    if (t === 'integer' || t === 'decimal') {
      n = half(v[0]);
      if (!/^[+-]?\d+(\.\d*)?$/.test(n)) return T.not_a_number;
      if (t === 'integer' && !/^[+-]?\d+$/.test(n)) return T.not_a_whole_number;
      if (+n < +i.getAttribute('data-min')) return T.below_min.replace('%{min}', i.getAttribute('data-min'));
      if (+n > +i.getAttribute('data-max')) return T.above_max.replace('%{max}', i.getAttribute('data-max'));
    }
    if (q.hasAttribute('data-v') && holds(q, 'data-v') === false) return q.getAttribute('data-vt') || T.invalid;
    return '';
  }
  function check(s) {
    var first = null;
    $('[data-q]', s).forEach(function (q) {
      var m = fault(q);
      say(q, m);
      if (m && !first) first = q;
    });
    return first;
  }
  function out(s) {
    var found = null;
    $('[data-x]', s).forEach(function (q) { if (!found && asked(q) && holds(q, 'data-x') === true) found = q; });
    return found;
  }
  function live() { return steps.filter(function (s) { return !s.hasAttribute('data-off') && (!s.hasAttribute('data-q-step') || $('[data-q]', s).some(asked)); }); }
  function show(n, push) {
    var l = live(), s;
    if (entered && steps[at] && steps[at].id) paradata[steps[at].id.slice(2)] = (paradata[steps[at].id.slice(2)] || 0) + Math.round((Date.now() - entered) / 1000);
    entered = Date.now();
    at = Math.max(0, Math.min(n, steps.length - 1));
    while (at < steps.length - 1 && l.indexOf(steps[at]) < 0) at++;
    s = steps[at];
    steps.forEach(function (x) { x.hidden = x !== s; });
    if (s.id === 's-review') review();
    var i = l.indexOf(s), bar = el('bar');
    el('nav').hidden = at === 0;
    bar.parentNode.hidden = at === 0;
    bar.style.width = 100 * i / (l.length - 1) + '%';
    el('where').textContent = at === 0 || s.id === 's-review' ? '' : T.step.replace('%{at}', i).replace('%{of}', l.length - 2);
    el('next').hidden = s.id === 's-review';
    el('send').hidden = s.id !== 's-review';
    if (push) history.pushState({ at: at }, '', location.href.split('#')[0] + '#' + (s.id || ''));
    window.scrollTo(0, 0);
    var h = $('h1,h2', s)[0];
    if (h && push !== undefined) { h.setAttribute('tabindex', '-1'); h.focus(); }
  }
  function review() {
    var ul = el('review'); ul.textContent = '';
    $('[data-q]').forEach(function (q) {
      if (!asked(q)) return;
      var li = d.createElement('li'), b = d.createElement('button'), t = d.createElement('span'), a = d.createElement('b');
      b.type = 'button';
      t.textContent = $('legend,label', q)[0].textContent;
      a.textContent = fields(q).filter(function (i) { return /radio|checkbox/.test(i.type) ? i.checked && i.value : i.value; }).map(function (i) {
        return /radio|checkbox/.test(i.type) ? i.parentNode.textContent : i.tagName === 'SELECT' ? i.options[i.selectedIndex].text : i.value;
      }).join('、') || '—';
      b.appendChild(t); b.appendChild(a); li.appendChild(b); ul.appendChild(li);
      b.onclick = function () { show(steps.indexOf(q.parentNode), true); };
    });
  }
  function rows() { $('.row input').forEach(function (i) { i.parentNode.classList[i.checked ? 'add' : 'remove']('on'); }); }
  function save() {
    var o = {};
    $('[data-q]').forEach(function (q) { var v = values(q); if (v.length) o[q.getAttribute('data-q')] = v; });
    draft.a = o; draft.at = at;
    try { localStorage.setItem(key, JSON.stringify(draft)); } catch (e) { }
  }
  function forget() { try { localStorage.removeItem(key); } catch (e) { } }
  function restore(o) {
    Object.keys(o).forEach(function (c) {
      var q = el('q-' + c);
      if (q) fields(q).forEach(function (i) { if (/radio|checkbox/.test(i.type)) i.checked = o[c].indexOf(i.value) >= 0; else i.value = o[c][0]; });
    });
    rows(); route();
  }
  function body() {
    var p = [], add = function (n, v) { p.push(encodeURIComponent(n) + '=' + encodeURIComponent(v)); };
    $('[data-q]').forEach(function (q) { if (asked(q)) values(q).forEach(function (v) { add(q.getAttribute('data-q'), v); }); });
    add('response_id', draft.id);
    add('started_at', draft.t);
    add('finished_at', draft.e);
    add('paradata', JSON.stringify(paradata));
    $('.hp input').forEach(function (i) { if (i.value) add(i.name, i.value); });
    return p.join('&');
  }
  function state(m) { var s = el('state'); s.textContent = m; s.hidden = !m; }
  function later() {
    sending = false;
    el('send').disabled = false;
    state(T.not_sent);
    clearTimeout(timer);
    timer = setTimeout(send, wait * 1000);
    wait = Math.min(wait * 2, 300);
  }
  function send() {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    if (!draft.e) draft.e = new Date().toISOString();
    draft.s = 1; save();
    el('send').disabled = true;
    state(T.sending);
    var x = new XMLHttpRequest();
    x.open('POST', location.href.split('#')[0]);
    x.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    x.timeout = 30000;
    x.onload = function () {
      if (x.status === 200) forget();
      if (x.status === 200 && /\/thanks/.test(x.responseURL)) { location.replace(x.responseURL); return; }
      if (x.status === 503 || x.status === 429 || x.status === 408 || x.status >= 500 || !x.status) { later(); return; }
      draft.s = 0; draft.e = ''; save();
      d.open(); d.write(x.responseText); d.close();
    };
    x.onerror = x.ontimeout = later;
    x.send(body());
  }
  function gentle(s) {
    var n = $('[data-q]', s).filter(asked).length, v = $('[data-q]', s).map(function (q) { return values(q)[0]; });
    if (prompted[s.id] || n < 4) return false;
    if (Date.now() - entered > n * 900 && !(n > 7 && v.every(function (x) { return x === v[0]; }))) return false;
    prompted[s.id] = 1;
    state(T.fast);
    return true;
  }
  d.documentElement.classList.add('js');
  steps = $('.step');
  key = 'minyi:' + location.pathname;
  draft = { id: uuid(), t: new Date().toISOString(), a: {} };
  var old = null;
  try { old = JSON.parse(localStorage.getItem(key)); } catch (e) { }
  route(); rows();
  f.addEventListener('change', function () { rows(); route(); save(); state(''); });
  f.addEventListener('input', function () { save(); });
  f.addEventListener('submit', function (e) {
    e.preventDefault();
    var bad = null, n;
    for (n = 1; n < steps.length && !bad; n++) { bad = check(steps[n]); }
    if (bad) { show(n - 1, true); $('input,select,textarea', bad)[0].focus(); return; }
    send();
  });
  el('start').addEventListener('click', function (e) { e.preventDefault(); draft.t = new Date().toISOString(); began = 1; show(1, true); });
  el('next').addEventListener('click', function () {
    var s = steps[at], bad = check(s), o;
    if (bad) { $('input,select,textarea', bad)[0].focus(); return; }
    o = out(s);
    if (o) { f.textContent = ''; forget(); var h = d.createElement('h1'); h.textContent = o.getAttribute('data-xt') || T.screened_out; f.appendChild(h); return; }
    if (gentle(s)) return;
    show(at + 1, true);
  });
  el('back').addEventListener('click', function () { history.back(); });
  window.addEventListener('popstate', function (e) { show(e.state ? e.state.at : 0, false); });
  window.addEventListener('online', function () { if (draft.s) { wait = 2; send(); } });
  d.addEventListener('visibilitychange', function () { if (!d.hidden && draft.s && !sending) { wait = 2; send(); } });
  window.addEventListener('pageshow', function (e) { if (e.persisted) { el('send').disabled = false; sending = false; if (draft.s) send(); } });
  $('[data-keep]').forEach(function (a) { a.addEventListener('click', save); });
  history.replaceState({ at: 0 }, '', location.href.split('#')[0]);
  if (f.hasAttribute('data-faults')) {
    el('start').hidden = true; began = 1;
    if (old) { draft.id = old.id; draft.t = old.t; }
    var first = $('.bad')[0];
    show(first ? Math.max(1, steps.indexOf(first.parentNode)) : 1, false);
    $('.sum a').forEach(function (a) {
      a.addEventListener('click', function (e) {
        var q = el(a.getAttribute('href').slice(1));
        if (!q) return;
        e.preventDefault(); show(steps.indexOf(q.parentNode), true); $('input,select,textarea', q)[0].focus();
      });
    });
    var sum = $('.sum')[0]; if (sum) sum.focus();
  } else {
    show(0);
    if (old && Object.keys(old.a || {}).length) {
      if (old.s) { draft = old; restore(old.a); show(steps.length - 1, true); send(); }
      else {
        el('resume').hidden = false;
        el('resume-yes').onclick = function () { draft = old; restore(old.a); el('resume').hidden = true; show(old.at || 1, true); };
        el('resume-no').onclick = function () { forget(); el('resume').hidden = true; };
      }
    }
  }
})();
