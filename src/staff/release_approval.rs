//! Who must agree before a release is published, and from when it is public.
//!
//! A statistician submits a draft for review. Two different people approve it, one of them a publisher,
//! before its announced second. Anyone who may approve can return it instead; then another draft is
//! needed. Nothing else publishes: a release is public exactly if this module says so at that moment.

use crate::staff::role::Role;

/// What a person decides about a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseDecision {
    /// It is complete; others may approve it.
    Submit,
    /// It may be published.
    Approve,
    /// It may not be published.
    Return,
}

impl ReleaseDecision {
    /// The word for it in the database and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ReleaseDecision::Submit => "submit",
            ReleaseDecision::Approve => "approve",
            ReleaseDecision::Return => "return",
        }
    }

    /// The decision with that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<ReleaseDecision> {
        let all = [Self::Submit, Self::Approve, Self::Return];
        all.into_iter().find(|own| own.as_str() == word)
    }

    /// Whether a person with this role may decide it.
    #[must_use]
    pub const fn is_of(self, role: Role) -> bool {
        match self {
            ReleaseDecision::Submit => matches!(role, Role::Statistician),
            ReleaseDecision::Approve | ReleaseDecision::Return => {
                matches!(role, Role::Statistician | Role::Publisher)
            }
        }
    }
}

/// A decision that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided<'a> {
    /// What was decided.
    pub decision: ReleaseDecision,
    /// The digest of the draft that the person saw.
    pub digest: &'a str,
    /// Name of the account.
    pub by: &'a str,
    /// Its role at that time.
    pub role: Role,
    /// Microseconds UTC.
    pub at: i64,
}

/// Where a draft is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It is being written.
    Draft,
    /// It waits for approvals.
    Review,
    /// Two people approved it; it waits for its second.
    Approved,
    /// Its second has come.
    Published,
    /// It will not be published: somebody returned it, or its second came before the approvals.
    Returned,
}

impl Stage {
    /// The word for it, as a key of texts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Draft => "draft",
            Stage::Review => "review",
            Stage::Approved => "approved",
            Stage::Published => "published",
            Stage::Returned => "returned",
        }
    }
}

/// Why a decision is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The role may not decide this.
    Role,
    /// The draft was not submitted for review.
    NotSubmitted,
    /// It was submitted already.
    Submitted,
    /// The same person approved it already; another must.
    SamePerson,
    /// One of the two must be a publisher.
    NoPublisher,
    /// The announced second has come; another must be announced.
    TooLate,
    /// The draft was returned, or it is not what the person saw.
    NotThis,
    /// Two people approved it already.
    Complete,
    /// A newer draft was made, or a release with this number was approved.
    Superseded,
    /// The announced date changed after the draft was made.
    OtherDate,
}

impl Refusal {
    /// The word for it, as a key of texts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Refusal::Role => "role",
            Refusal::NotSubmitted => "not_submitted",
            Refusal::Submitted => "submitted",
            Refusal::SamePerson => "same_person",
            Refusal::NoPublisher => "no_publisher",
            Refusal::TooLate => "too_late",
            Refusal::NotThis => "not_this",
            Refusal::Complete => "complete",
            Refusal::Superseded => "superseded",
            Refusal::OtherDate => "other_date",
        }
    }
}

/// A draft as far as its way is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The digest of what would be published.
    pub digest: &'a str,
    /// Its announced second, microseconds UTC.
    pub publish_at: i64,
    /// What was decided about it, oldest first.
    pub decided: &'a [Decided<'a>],
}

impl<'a> Draft<'a> {
    /// Where the draft is at `now`, microseconds UTC.
    #[must_use]
    pub fn stage(&self, now: i64) -> Stage {
        let has = |decision| self.counting().any(|own| own.decision == decision);
        if has(ReleaseDecision::Return) {
            return Stage::Returned;
        }
        let is_past = now >= self.publish_at;
        match (self.is_approved(), is_past) {
            (true, true) => Stage::Published,
            (true, false) => Stage::Approved,
            (false, true) => Stage::Returned,
            (false, false) if has(ReleaseDecision::Submit) => Stage::Review,
            (false, false) => Stage::Draft,
        }
    }

    /// The accounts that approved it, each once, in their order.
    #[must_use]
    pub fn approvers(&self) -> Vec<&'a str> {
        let mut names = Vec::new();
        for own in self.counting() {
            if own.decision == ReleaseDecision::Approve && !names.contains(&own.by) {
                names.push(own.by);
            }
        }
        names
    }

    /// Whether a person may make this decision at `now` (microseconds UTC) about the draft that has
    /// `digest`.
    ///
    /// # Errors
    /// The first [`Refusal`].
    pub fn check(
        &self,
        decision: ReleaseDecision,
        (by, role): (&str, Role),
        digest: &str,
        now: i64,
    ) -> Result<(), Refusal> {
        if !decision.is_of(role) {
            return Err(Refusal::Role);
        }
        if digest != self.digest {
            return Err(Refusal::NotThis);
        }
        if now >= self.publish_at {
            return Err(Refusal::TooLate);
        }
        match (decision, self.stage(now)) {
            (_, Stage::Returned) => Err(Refusal::NotThis),
            (_, Stage::Published) => Err(Refusal::TooLate),
            (ReleaseDecision::Submit, Stage::Draft) | (ReleaseDecision::Return, _) => Ok(()),
            (ReleaseDecision::Submit, _) => Err(Refusal::Submitted),
            (ReleaseDecision::Approve, Stage::Draft) => Err(Refusal::NotSubmitted),
            (ReleaseDecision::Approve, Stage::Approved) => Err(Refusal::Complete),
            (ReleaseDecision::Approve, Stage::Review) => self.check_approval(by, role),
        }
    }

    fn check_approval(&self, by: &str, role: Role) -> Result<(), Refusal> {
        let approvers = self.approvers();
        if approvers.contains(&by) {
            return Err(Refusal::SamePerson);
        }
        let has_publisher = role == Role::Publisher || self.has_publisher();
        match approvers.is_empty() || has_publisher {
            true => Ok(()),
            false => Err(Refusal::NoPublisher),
        }
    }

    /// The decisions that count: about this digest, by a role that may, before the second.
    fn counting(&self) -> impl Iterator<Item = &'a Decided<'a>> {
        let (digest, publish_at) = (self.digest, self.publish_at);
        self.decided.iter().filter(move |own| {
            own.digest == digest && own.decision.is_of(own.role) && own.at < publish_at
        })
    }

    fn has_publisher(&self) -> bool {
        self.counting()
            .any(|own| own.decision == ReleaseDecision::Approve && own.role == Role::Publisher)
    }

    fn is_approved(&self) -> bool {
        let submitted = self
            .counting()
            .any(|own| own.decision == ReleaseDecision::Submit);
        submitted && self.approvers().len() >= 2 && self.has_publisher()
    }
}

/// Whether a person with `role` may see a release that is at `stage`: everyone sees what is published;
/// before that, those who draft and approve, and those on the list of early readers.
#[must_use]
pub fn may_see(role: Option<Role>, is_early_reader: bool, stage: Stage) -> bool {
    stage == Stage::Published
        || is_early_reader && role.is_some()
        || matches!(role, Some(Role::Statistician | Role::Publisher))
}

/// Days between the announcement of a date and the date; with fewer, the reason is published.
pub const NOTICE_DAYS: i64 = 28;

/// Whether a date (microseconds UTC) that is announced at `now` is far enough away.
#[must_use]
pub fn is_in_time(publish_at: i64, now: i64) -> bool {
    publish_at - now >= NOTICE_DAYS * 24 * 3600 * 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn decided(
        decision: ReleaseDecision,
        by: &'static str,
        role: Role,
        at: i64,
    ) -> Decided<'static> {
        Decided {
            decision,
            digest: "d",
            by,
            role,
            at,
        }
    }

    fn draft<'a>(decided: &'a [Decided<'a>]) -> Draft<'a> {
        Draft {
            digest: "d",
            publish_at: 100 * SECOND,
            decided,
        }
    }

    #[test]
    fn a_release_is_public_from_its_second_to_everyone_and_before_it_to_few() {
        use ReleaseDecision::{Approve, Submit};
        let all = [
            decided(Submit, "wang", Role::Statistician, SECOND),
            decided(Approve, "wang", Role::Statistician, 2 * SECOND),
            decided(Approve, "li", Role::Publisher, 3 * SECOND),
        ];
        let draft = draft(&all);
        for (now, stage) in [
            (99 * SECOND, Stage::Approved),
            (100 * SECOND - 1, Stage::Approved),
            (100 * SECOND, Stage::Published),
            (200 * SECOND, Stage::Published),
        ] {
            assert_eq!(draft.stage(now), stage, "{now}");
            for role in Role::ALL.map(Some).into_iter().chain([None]) {
                for listed in [false, true] {
                    let early = matches!(role, Some(Role::Statistician | Role::Publisher))
                        || listed && role.is_some();
                    let sees = may_see(role, listed, stage);
                    assert_eq!(sees, early || stage == Stage::Published, "{role:?} {now}");
                }
            }
        }
    }

    #[test]
    fn one_person_cannot_publish() {
        use ReleaseDecision::{Approve, Return, Submit};
        let wang = ("wang", Role::Statistician);
        let li = ("li", Role::Publisher);
        let submitted = [decided(Submit, "wang", Role::Statistician, SECOND)];
        let once = [
            submitted[0],
            decided(Approve, "wang", Role::Statistician, 2 * SECOND),
        ];
        let now = 5 * SECOND;
        let check = |decided: &[Decided<'_>], decision, who, digest, now| {
            draft(decided).check(decision, who, digest, now)
        };
        assert_eq!(
            check(&[], Approve, li, "d", now),
            Err(Refusal::NotSubmitted)
        );
        assert_eq!(check(&[], Submit, li, "d", now), Err(Refusal::Role));
        assert_eq!(check(&submitted, Approve, wang, "d", now), Ok(()));
        assert_eq!(
            check(&once, Approve, wang, "d", now),
            Err(Refusal::SamePerson)
        );
        // The same account after its role changed is the same person.
        let changed = ("wang", Role::Publisher);
        assert_eq!(
            check(&once, Approve, changed, "d", now),
            Err(Refusal::SamePerson)
        );
        let zhang = ("zhang", Role::Statistician);
        assert_eq!(
            check(&once, Approve, zhang, "d", now),
            Err(Refusal::NoPublisher)
        );
        assert_eq!(
            check(&once, Approve, li, "other", now),
            Err(Refusal::NotThis)
        );
        assert_eq!(
            check(&once, Approve, li, "d", 100 * SECOND),
            Err(Refusal::TooLate)
        );
        assert_eq!(
            check(&once, Approve, ("sun", Role::Auditor), "d", now),
            Err(Refusal::Role)
        );
        assert_eq!(check(&once, Approve, li, "d", now), Ok(()));
        assert_eq!(check(&once, Return, li, "d", now), Ok(()));

        // Rows that somebody wrote into the database by hand do not help either.
        let twice = [once[0], once[1], once[1]];
        assert_eq!(draft(&twice).stage(200 * SECOND), Stage::Returned);
        let late = [
            once[0],
            once[1],
            decided(Approve, "li", Role::Publisher, 100 * SECOND),
        ];
        assert_eq!(draft(&late).stage(200 * SECOND), Stage::Returned);
        let of_auditor = [
            once[0],
            once[1],
            decided(Approve, "sun", Role::Auditor, now),
        ];
        assert_eq!(draft(&of_auditor).stage(200 * SECOND), Stage::Returned);
    }

    #[test]
    fn a_date_is_announced_four_weeks_before() {
        let day = 24 * 3600 * SECOND;
        assert!(is_in_time(28 * day, 0));
        assert!(!is_in_time(28 * day - 1, 0));
    }
}
