// What happens when a person or the browser does something.

['mousedown', 'touchstart'].forEach(function (name) {
  form.addEventListener(
    name,
    function () {
      touchedAt = Date.now();
    },
    { passive: true }
  );
});

form.addEventListener('change', function (event) {
  var field = event.target,
    question = field,
    next;
  if (field.id == 'large' || !started) return;
  while (question && !(question.hasAttribute && question.hasAttribute('data-q')))
    question = question.parentNode;
  if (!question) return;
  if (field.type == 'checkbox' && field.checked)
    all('input', question).forEach(function (other) {
      if (
        other != field &&
        (field.hasAttribute('data-alone') || other.hasAttribute('data-alone'))
      )
        other.checked = false;
    });
  applyConditions();
  showProgress();
  showState('');
  if (question.classList.contains('bad')) showFault(question, faultOf(question));
  next = justAnswered.indexOf(question) < 0 && !(codeOf(question) in draft.a);
  if (next) justAnswered.push(question);
  saveAnswers();
  // After a tap the page scrolls to the next question. With a keyboard it stays.
  if (next && field.type == 'radio' && Date.now() - touchedAt < 800) {
    next = questions(steps[current]).filter(function (other) {
      return (
        isAsked(other) && !values(other).length && other.compareDocumentPosition(question) & 2
      );
    })[0];
    if (next)
      setTimeout(function () {
        next.scrollIntoView(
          win.matchMedia('(prefers-reduced-motion:reduce)').matches || {
            behavior: 'smooth',
            block: 'start'
          }
        );
      }, 180);
  }
});

form.addEventListener('input', function (event) {
  if (started && !isChoice(event.target)) saveAnswers();
});

form.addEventListener('submit', function (event) {
  event.preventDefault();
  // The enter key of a phone's keyboard submits the form; on a step it means the next step.
  if (steps[current].id != 's-review') {
    if (current) nextStep();
    return;
  }
  if (Date.now() - shownAt < 300 && !draft.s) return;
  var faulty = findFaults(questions());
  if (faulty[0]) {
    editing = true;
    showStep(steps.indexOf(faulty[0].parentNode), true);
    showSummary(faulty);
    return;
  }
  saveAnswers();
  send();
});

if (code)
  byId('alone').onclick = function (event) {
    event.preventDefault();
    draft.w = 1;
    saveAnswers();
    send();
  };
byId('start').onclick = function (event) {
  event.preventDefault();
  started = true;
  draft.t = draft.t || new Date().toISOString();
  showStep(1, true);
};
byId('next').onclick = nextStep;
byId('back').onclick = function () {
  history.back();
};

win.addEventListener('popstate', function (event) {
  var index = event.state && started ? event.state.at : 0;
  if (sending || draft.s) index = steps.length - 2;
  editing = false;
  showStep(index, false);
});

win.addEventListener('online', sendAgain);
doc.addEventListener('visibilitychange', function () {
  if (!doc.hidden) sendAgain();
});

// The page may return from the back-forward cache. Then WebKit empties every form that has
// `autocomplete="off"`, at a time of its own choice. A form that does not have it while the page is
// away keeps its answers.
win.addEventListener('pagehide', function (event) {
  if (event.persisted) form.autocomplete = 'on';
});

// A form that was sent must not be shown again.
win.addEventListener('pageshow', function (event) {
  if (!event.persisted) return;
  form.autocomplete = 'off';
  if (ended) {
    location.reload();
    return;
  }
  if (started) fillAnswers();
  applyTextSize();
  stopSending();
  sendAgain();
  if (steps[current].id == 's-review') showReview();
});

all('[name=lang]').forEach(function (button) {
  button.type = 'button';
  button.onclick = function () {
    // The channel and the invitation of the QR code stay in the URL.
    var kept = location.search.match(/[?&][ci]=[^&#]*/g) || [];
    if (started && !ended) {
      draft.l = 1;
      saveAnswers();
    }
    location.href =
      '?lang=' +
      button.value +
      (byId('large').checked ? '&text=large' : '') +
      kept.join('').replace(/\?/g, '&');
  };
});
