//! Who must agree before responses are held, and before they are freed again.
//!
//! A statistician or supervisor proposes to hold responses. Another person, a statistician or publisher,
//! consents; from then on they do not count. Freeing goes the same way. Nothing is deleted.

use crate::staff::role::Role;

/// Where a proposal is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldState {
    /// It waits for consent; the responses count.
    Proposed,
    /// Who proposed it took it back.
    Withdrawn,
    /// Another person refused it.
    Refused,
    /// The responses do not count.
    Held,
    /// Freeing them waits for consent; they do not count yet.
    FreeProposed,
    /// They count again.
    Freed,
}

impl HoldState {
    /// All states.
    pub const ALL: [HoldState; 6] = [
        HoldState::Proposed,
        HoldState::Withdrawn,
        HoldState::Refused,
        HoldState::Held,
        HoldState::FreeProposed,
        HoldState::Freed,
    ];

    /// The word for it, as a key of texts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            HoldState::Proposed => "proposed",
            HoldState::Withdrawn => "withdrawn",
            HoldState::Refused => "refused",
            HoldState::Held => "held",
            HoldState::FreeProposed => "free_proposed",
            HoldState::Freed => "freed",
        }
    }

    /// Whether the responses are left out of the figures.
    #[must_use]
    pub const fn is_held(self) -> bool {
        matches!(self, HoldState::Held | HoldState::FreeProposed)
    }

    /// Whether another person must decide.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, HoldState::Proposed | HoldState::FreeProposed)
    }
}

/// What a person decides about a proposal. Each decision belongs to one state, so a form that is sent
/// twice decides nothing the second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldDecision {
    /// The responses are held.
    Consent,
    /// They are not held.
    Refuse,
    /// The proposal is taken back.
    Withdraw,
    /// They should be freed.
    ProposeFree,
    /// They are freed.
    ConsentFree,
    /// They stay held.
    RefuseFree,
    /// The proposal to free them is taken back.
    WithdrawFree,
}

impl HoldDecision {
    /// All decisions.
    pub const ALL: [HoldDecision; 7] = [
        HoldDecision::Consent,
        HoldDecision::Refuse,
        HoldDecision::Withdraw,
        HoldDecision::ProposeFree,
        HoldDecision::ConsentFree,
        HoldDecision::RefuseFree,
        HoldDecision::WithdrawFree,
    ];

    /// The word for it in the database and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            HoldDecision::Consent => "consent",
            HoldDecision::Refuse => "refuse",
            HoldDecision::Withdraw => "withdraw",
            HoldDecision::ProposeFree => "propose_free",
            HoldDecision::ConsentFree => "consent_free",
            HoldDecision::RefuseFree => "refuse_free",
            HoldDecision::WithdrawFree => "withdraw_free",
        }
    }

    /// The decision with that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<HoldDecision> {
        HoldDecision::ALL
            .into_iter()
            .find(|own| own.as_str() == word)
    }

    /// Whether it is about freeing.
    #[must_use]
    pub const fn is_about_freeing(self) -> bool {
        matches!(
            self,
            HoldDecision::ProposeFree
                | HoldDecision::ConsentFree
                | HoldDecision::RefuseFree
                | HoldDecision::WithdrawFree
        )
    }

    /// The state that it is made in, and the state that it leads to.
    #[must_use]
    pub const fn step(self) -> (HoldState, HoldState) {
        match self {
            HoldDecision::Consent => (HoldState::Proposed, HoldState::Held),
            HoldDecision::Refuse => (HoldState::Proposed, HoldState::Refused),
            HoldDecision::Withdraw => (HoldState::Proposed, HoldState::Withdrawn),
            HoldDecision::ProposeFree => (HoldState::Held, HoldState::FreeProposed),
            HoldDecision::ConsentFree => (HoldState::FreeProposed, HoldState::Freed),
            HoldDecision::RefuseFree | HoldDecision::WithdrawFree => {
                (HoldState::FreeProposed, HoldState::Held)
            }
        }
    }

    /// Whether a person with this role may decide it.
    #[must_use]
    pub const fn is_of(self, role: Role) -> bool {
        match self {
            HoldDecision::ProposeFree | HoldDecision::Withdraw | HoldDecision::WithdrawFree => {
                may_propose(role)
            }
            _ => matches!(role, Role::Statistician | Role::Publisher),
        }
    }

    /// Whether the person who proposed decides it, or another one; `None`: any.
    const fn is_of_proposer(self) -> Option<bool> {
        match self {
            HoldDecision::ProposeFree => None,
            HoldDecision::Withdraw | HoldDecision::WithdrawFree => Some(true),
            _ => Some(false),
        }
    }
}

/// Whether a person with this role may propose to hold or to free.
#[must_use]
pub const fn may_propose(role: Role) -> bool {
    matches!(role, Role::Statistician | Role::Supervisor)
}

/// Why a decision is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldRefusal {
    /// The role may not decide this.
    Role,
    /// The same person proposed it; another must decide.
    SamePerson,
    /// Only the person who proposed it can take it back.
    OtherPerson,
    /// The proposal is in another state: somebody decided already.
    Decided,
    /// There is no such proposal.
    Unknown,
}

impl HoldRefusal {
    /// The word for it, as a key of texts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            HoldRefusal::Role => "role",
            HoldRefusal::SamePerson => "same_person",
            HoldRefusal::OtherPerson => "other_person",
            HoldRefusal::Decided => "decided",
            HoldRefusal::Unknown => "unknown",
        }
    }
}

/// A decision that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldDecided<'a> {
    /// What was decided.
    pub decision: HoldDecision,
    /// Name of the account.
    pub by: &'a str,
    /// Its role at that time.
    pub role: Role,
}

/// A proposal as far as its way is concerned.
#[derive(Debug, Clone, Copy)]
pub struct HoldProposed<'a> {
    /// Name of the account that proposed it.
    pub by: &'a str,
    /// Its role at that time.
    pub role: Role,
    /// What was decided about it, oldest first.
    pub decided: &'a [HoldDecided<'a>],
}

impl<'a> HoldProposed<'a> {
    /// Where the proposal is. Decisions that the rules do not allow change nothing, whoever wrote them
    /// into the database.
    #[must_use]
    pub fn state(&self) -> HoldState {
        self.replayed().0
    }

    /// Whether a person may make this decision now.
    ///
    /// # Errors
    /// The first [`HoldRefusal`].
    pub fn check(
        &self,
        decision: HoldDecision,
        (by, role): (&str, Role),
    ) -> Result<(), HoldRefusal> {
        let (state, proposer) = self.replayed();
        allows(state, proposer, decision, (by, role))
    }

    /// The state, and who proposed what is open in it.
    fn replayed(&self) -> (HoldState, &'a str) {
        let (mut state, mut proposer) = match may_propose(self.role) {
            true => (HoldState::Proposed, self.by),
            false => (HoldState::Withdrawn, self.by),
        };
        for own in self.decided {
            if allows(state, proposer, own.decision, (own.by, own.role)).is_ok() {
                state = own.decision.step().1;
                if own.decision == HoldDecision::ProposeFree {
                    proposer = own.by;
                }
            }
        }
        (state, proposer)
    }
}

/// The rules: role, state, same or other person.
fn allows(
    state: HoldState,
    proposer: &str,
    decision: HoldDecision,
    (by, role): (&str, Role),
) -> Result<(), HoldRefusal> {
    if !decision.is_of(role) {
        return Err(HoldRefusal::Role);
    }
    if decision.step().0 != state {
        return Err(HoldRefusal::Decided);
    }
    match (decision.is_of_proposer(), by == proposer) {
        (Some(true), false) => Err(HoldRefusal::OtherPerson),
        (Some(false), true) => Err(HoldRefusal::SamePerson),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decisions of others that bring a proposal of wang into each state. To free is proposed by wang.
    fn way_to(state: HoldState) -> Vec<HoldDecided<'static>> {
        let step = |decision, by, role| HoldDecided { decision, by, role };
        let consent = step(HoldDecision::Consent, "li", Role::Publisher);
        let propose_free = step(HoldDecision::ProposeFree, "wang", Role::Statistician);
        match state {
            HoldState::Proposed => vec![],
            HoldState::Withdrawn => vec![step(HoldDecision::Withdraw, "wang", Role::Statistician)],
            HoldState::Refused => vec![step(HoldDecision::Refuse, "li", Role::Publisher)],
            HoldState::Held => vec![consent],
            HoldState::FreeProposed => vec![consent, propose_free],
            HoldState::Freed => vec![
                consent,
                propose_free,
                step(HoldDecision::ConsentFree, "li", Role::Publisher),
            ],
        }
    }

    /// The table as a person would write it: who may decide what, in which state.
    fn expected(role: Role, state: HoldState, is_same: bool) -> Vec<(HoldDecision, HoldState)> {
        use HoldDecision::*;
        let proposes = [Role::Statistician, Role::Supervisor].contains(&role);
        let consents = [Role::Statistician, Role::Publisher].contains(&role);
        match (state, is_same) {
            (HoldState::Proposed, true) if proposes => vec![(Withdraw, HoldState::Withdrawn)],
            (HoldState::Proposed, false) if consents => {
                vec![(Consent, HoldState::Held), (Refuse, HoldState::Refused)]
            }
            (HoldState::Held, _) if proposes => vec![(ProposeFree, HoldState::FreeProposed)],
            (HoldState::FreeProposed, true) if proposes => vec![(WithdrawFree, HoldState::Held)],
            (HoldState::FreeProposed, false) if consents => {
                vec![
                    (ConsentFree, HoldState::Freed),
                    (RefuseFree, HoldState::Held),
                ]
            }
            _ => vec![],
        }
    }

    #[test]
    fn each_role_decides_in_each_state_what_the_table_says_and_nothing_else() {
        let mut cells = 0;
        for state in HoldState::ALL {
            let decided = way_to(state);
            let proposed = HoldProposed {
                by: "wang",
                role: Role::Statistician,
                decided: &decided,
            };
            assert_eq!(proposed.state(), state);
            for role in Role::ALL {
                for is_same in [true, false] {
                    let by = if is_same { "wang" } else { "zhao" };
                    let allowed = expected(role, state, is_same);
                    for decision in HoldDecision::ALL {
                        cells += 1;
                        let found = proposed.check(decision, (by, role));
                        let after = allowed.iter().find(|(own, _)| *own == decision);
                        assert_eq!(
                            found.is_ok(),
                            after.is_some(),
                            "{role:?} {state:?} {is_same} {decision:?}"
                        );
                        // What is not allowed changes nothing, even if it is in the database.
                        let mut more = decided.clone();
                        more.push(HoldDecided { decision, by, role });
                        let then = HoldProposed {
                            decided: &more,
                            ..proposed
                        };
                        let wanted = after.map_or(state, |(_, after)| *after);
                        assert_eq!(then.state(), wanted, "{role:?} {state:?} {decision:?}");
                    }
                }
            }
        }
        assert_eq!(cells, 6 * 6 * 2 * 7);
    }

    #[test]
    fn a_refusal_says_why() {
        let proposed = |decided| HoldProposed {
            by: "wang",
            role: Role::Supervisor,
            decided,
        };
        let none = proposed(&[]);
        let check = |decision, by, role| none.check(decision, (by, role));
        use HoldDecision::{Consent, ConsentFree, Withdraw};
        assert_eq!(
            check(Consent, "li", Role::Supervisor),
            Err(HoldRefusal::Role)
        );
        assert_eq!(
            check(ConsentFree, "li", Role::Publisher),
            Err(HoldRefusal::Decided)
        );
        assert_eq!(
            check(Withdraw, "li", Role::Supervisor),
            Err(HoldRefusal::OtherPerson)
        );
        // The same account after its role changed is the same person.
        assert_eq!(
            check(Consent, "wang", Role::Statistician),
            Err(HoldRefusal::SamePerson)
        );
    }

    #[test]
    fn who_consented_to_holding_may_consent_to_freeing_if_another_proposed_it() {
        let step = |decision, by, role| HoldDecided { decision, by, role };
        let decided = [
            step(HoldDecision::Consent, "li", Role::Publisher),
            step(HoldDecision::ProposeFree, "sun", Role::Supervisor),
        ];
        let proposed = HoldProposed {
            by: "wang",
            role: Role::Statistician,
            decided: &decided,
        };
        let free = |by, role| proposed.check(HoldDecision::ConsentFree, (by, role));
        assert_eq!(free("li", Role::Publisher), Ok(()));
        assert_eq!(free("wang", Role::Statistician), Ok(()));
        assert_eq!(
            free("sun", Role::Statistician),
            Err(HoldRefusal::SamePerson)
        );
    }

    #[test]
    fn a_proposal_by_a_role_that_may_not_propose_is_none() {
        let consent = [HoldDecided {
            decision: HoldDecision::Consent,
            by: "li",
            role: Role::Publisher,
        }];
        let proposed = HoldProposed {
            by: "sun",
            role: Role::Auditor,
            decided: &consent,
        };
        assert_eq!(proposed.state(), HoldState::Withdrawn);
    }
}
