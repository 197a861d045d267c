// What the pages beside the questionnaire do a little better with script; they are complete without.
(function () {
  'use strict';
  var d = document, root = d.documentElement, key = 'minyi:large';
  function remembered() { try { return localStorage.getItem(key) == 1; } catch (e) { return false; } }
  function enlarge(on) {
    if (on) root.classList.add('large'); else root.classList.remove('large');
    try { localStorage.setItem(key, on ? 1 : 0); } catch (e) { /* Private windows remember nothing. */ }
  }
  if (remembered()) root.classList.add('large');
  d.addEventListener('click', function (e) {
    var a = e.target;
    if (!a.classList || !a.getAttribute) return;
    var larger = a.classList.contains('larger');
    if (!larger && !a.classList.contains('smaller')) return;
    // The address stays as it is: the size goes along to every page by itself.
    e.preventDefault();
    enlarge(larger);
    if (location.hash == '#large') location.replace('#');
  });
  d.addEventListener('DOMContentLoaded', function () {
    // WeChat's own browser downloads nothing.
    var hint = d.getElementById('wechat');
    if (hint && /MicroMessenger/i.test(navigator.userAgent)) hint.hidden = false;
  });
})();
