// The first look: the front page, the faults that the server found, or the saved draft.

history.replaceState({ at: 0 }, '');
if (dataOf(form, 'faults') !== null) {
  started = true;
  if (saved) {
    draft.id = saved.id;
    draft.t = saved.t;
  }
  draft.t = draft.t || new Date().toISOString();
  saved = all('.bad');
  if (saved[0]) {
    showStep(steps.indexOf(saved[0].parentNode), true);
    showSummary(saved);
  }
  return;
}
showStep(0);
if (!saved) return;
if (saved.s) {
  restoreDraft();
  resumeAt(steps.length - 2);
  send();
} else if (saved.l) {
  saved.l = 0;
  restoreDraft();
  resumeAt(saved.at);
  showState(saved.m || '');
  saved.m = '';
} else if (Object.keys(saved.a).length) {
  offerDraft(true);
  byId('resume-yes').onclick = function () {
    offerDraft(false);
    restoreDraft();
    resumeAt(saved.at || 1);
  };
  byId('resume-no').onclick = function () {
    deleteDraft();
    saved = null;
    offerDraft(false);
  };
}
