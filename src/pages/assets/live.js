// Reads the page again and again, and replaces its live part. What is open stays open, where somebody
// scrolled to stays, and nothing is replaced while the page is hidden or a field in it is used.
var live = document.getElementById('live'),
  every = Number(live.getAttribute('data-every')) * 1000;

function opened(place) {
  return Array.prototype.map.call(place.querySelectorAll('details'), function (own) {
    return own.open;
  });
}

function replace(text) {
  var page = new DOMParser().parseFromString(text, 'text/html'),
    fresh = page.getElementById('live'),
    open = opened(live),
    scrolled;
  // What was waited for is there.
  if (!fresh || fresh.getAttribute('data-every') !== live.getAttribute('data-every')) {
    location.replace(location.pathname + location.search);
    return;
  }
  if (live.contains(document.activeElement) || live.innerHTML === fresh.innerHTML) return;
  scrolled = Array.prototype.map.call(live.querySelectorAll('.scroll'), function (own) {
    return own.scrollLeft;
  });
  live.innerHTML = fresh.innerHTML;
  Array.prototype.forEach.call(live.querySelectorAll('details'), function (own, place) {
    own.open = open[place] || false;
  });
  Array.prototype.forEach.call(live.querySelectorAll('.scroll'), function (own, place) {
    own.scrollLeft = scrolled[place] || 0;
  });
}

function again() {
  if (document.hidden) return;
  fetch(location.href, { credentials: 'same-origin' })
    .then(function (answer) {
      // Whoever is logged out is sent to another page: this one stays as it is.
      return answer.ok && !answer.redirected ? answer.text() : '';
    })
    .then(function (text) {
      if (text) replace(text);
    })
    .catch(function () {});
}

if (every > 0 && window.fetch) setInterval(again, every);
