// The draft in the storage of this browser: `id`, answers `a`, seconds by section `p`, step `at`,
// started `t`, ended `e`, last change `u`, code of the invitation `i`; `s` is 1 while it waits to be
// sent, `l` while the page changes its language, `v` when it is sent without the invitation.

function storeDraft() {
  draft.u = Date.now();
  try {
    localStorage.setItem(draftKey, JSON.stringify(draft));
  } catch (e) {}
}

// Call this only after something that a person did: else answers could be lost that no person
// removed.
function saveAnswers() {
  draft.a = {};
  questions().forEach(function (question) {
    var given = values(question);
    if (given.length) draft.a[codeOf(question)] = given;
  });
  if (code) draft.i = code.value;
  storeDraft();
}

function deleteDraft() {
  try {
    localStorage.removeItem(draftKey);
  } catch (e) {}
}

function newDraft() {
  return { id: uuid(), p: {}, a: {}, at: 0, s: 0 };
}

// Puts the answers of the draft into the page.
function fillAnswers() {
  questions().forEach(function (question) {
    var given = draft.a[codeOf(question)] || [];
    fields(question).forEach(function (field) {
      if (isChoice(field)) field.checked = given.indexOf(field.value) >= 0 && field.value !== '';
      else field.value = given[0] || '';
    });
  });
  if (draft.i) code.value = draft.i;
  applyConditions();
}

function restoreDraft() {
  draft = saved;
  started = true;
  fillAnswers();
}

// Offers to continue the draft or to discard it. Until then the start button is hidden.
function offerDraft(isOffered) {
  byId('resume').hidden = !isOffered;
  byId('start').parentNode.hidden = isOffered;
}

// The steps before go into the history, so that Back leads through them.
function resumeAt(index) {
  var reachable = reachableSteps(),
    i;
  for (i = 1; i < index; i++)
    if (reachable.indexOf(steps[i]) >= 0) history.pushState({ at: i }, '');
  showStep(index, true);
}
