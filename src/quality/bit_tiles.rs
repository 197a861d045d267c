//! Counts equal answers of one response with 512 others at once.
//!
//! For each item and answer, one bit a response says whether it gave this answer. The bits of the
//! answers that a response gave are added up by full adders that work on 64 responses in one word
//! (Harley and Seal's tree, Warren, Hacker's Delight, 5-1). That takes about four instructions a
//! pair of responses with 45 items; comparing byte by byte takes about forty.

use super::responses::{BLANK, Choice};

/// Words of a tile.
const WORDS: usize = 8;

/// Responses of a tile.
pub const LANES: usize = WORDS * 64;

/// Bits of a count: enough for 1,023 items.
const PLANES: usize = 10;

/// One bit for each response of a tile.
pub type Mask = [u64; WORDS];

/// 512 responses, all with the same number of answers.
#[derive(Debug, Clone)]
pub struct Tile {
    /// Rows of the responses, ascending.
    pub rows: Vec<u32>,
    /// How many questions each of them answered.
    pub n_answered: u32,
    /// For each slot, who gave this answer. Slot 0 is nobody.
    masks: Vec<Mask>,
}

/// Numbers the answers that occur.
#[derive(Debug, Clone)]
pub struct Slots {
    /// For each item, the slot of each of the 256 answers; 0 if nobody gave it.
    of_item: Vec<Vec<u32>>,
    n: usize,
}

impl Slots {
    /// The slots of the answers that occur in `answers`, one column for each item.
    #[must_use]
    pub fn of(answers: &[Vec<Choice>]) -> Slots {
        let mut n = 1;
        let of_item = answers.iter().map(|column| {
            let mut slots = vec![0_u32; 256];
            for answer in column {
                let slot = slots.get_mut(usize::from(*answer));
                if let Some(slot) = slot.filter(|slot| *answer != BLANK && **slot == 0) {
                    *slot = n;
                    n += 1;
                }
            }
            slots
        });
        let of_item = of_item.collect();
        let n = index(n);
        Slots { of_item, n }
    }

    /// The slots of the answers of one response; blank ones are left out.
    #[must_use]
    pub fn of_row(&self, answers: &[Vec<Choice>], row: usize) -> Vec<u32> {
        let pairs = self.of_item.iter().zip(answers);
        let given = pairs.filter_map(|(slots, column)| {
            let answer = *column.get(row)?;
            let slot = slots.get(usize::from(answer)).copied();
            (answer != BLANK).then(|| slot.unwrap_or_default())
        });
        given.collect()
    }
}

impl Tile {
    /// A tile of `rows`, at most [`LANES`], which all answered `n_answered` questions.
    #[must_use]
    pub fn new(slots: &Slots, answers: &[Vec<Choice>], rows: &[u32], n_answered: u32) -> Tile {
        let mut masks = vec![[0; WORDS]; slots.n];
        for (lane, row) in rows.iter().take(LANES).enumerate() {
            for slot in slots.of_row(answers, index(*row)) {
                let mask = masks.get_mut(index(slot));
                if let Some(word) = mask.and_then(|mask| mask.get_mut(lane / 64)) {
                    *word |= 1 << (lane % 64);
                }
            }
        }
        let nobody = masks.first_mut();
        nobody.into_iter().for_each(|mask| *mask = [0; WORDS]);
        Tile {
            rows: rows.to_vec(),
            n_answered,
            masks,
        }
    }

    /// The number of equal answers of each response of the tile with the response of `slots`.
    #[must_use]
    pub fn counts(&self, slots: &[u32]) -> Counts {
        let n_planes = usize::try_from(u32::BITS - n_of(slots).leading_zeros()).unwrap_or(PLANES);
        let mut counts = Counts {
            planes: [[0; WORDS]; PLANES],
            n_planes: n_planes.clamp(1, PLANES),
        };
        const NOBODY: Mask = [0; WORDS];
        for eight in slots.chunks(8) {
            let mut masks = [&NOBODY; 8];
            for (mask, slot) in masks.iter_mut().zip(eight) {
                *mask = self.masks.get(index(*slot)).unwrap_or(&NOBODY);
            }
            counts.add_eight(masks);
        }
        counts
    }
}

/// Numbers of equal answers, one for each response of a tile; plane `p` holds the bits of weight 2ᵖ.
#[derive(Debug, Clone)]
pub struct Counts {
    planes: [Mask; PLANES],
    n_planes: usize,
}

impl Counts {
    /// Adds eight bits to each count.
    #[inline]
    fn add_eight(&mut self, [a, b, c, d, e, f, g, h]: [&Mask; 8]) {
        let [ones, twos, fours, higher @ ..] = &mut self.planes;
        let mut carry = [0; WORDS];
        for word in 0..WORDS {
            let bit = |mask: &Mask| mask.get(word).copied().unwrap_or_default();
            let (one, two_a) = add(bit(ones), bit(a), bit(b));
            let (one, two_b) = add(one, bit(c), bit(d));
            let (two, four_a) = add(bit(twos), two_a, two_b);
            let (one, two_a) = add(one, bit(e), bit(f));
            let (one, two_b) = add(one, bit(g), bit(h));
            let (two, four_b) = add(two, two_a, two_b);
            let (four, eight) = add(bit(fours), four_a, four_b);
            set(ones, word, one);
            set(twos, word, two);
            set(fours, word, four);
            set(&mut carry, word, eight);
        }
        for plane in higher.iter_mut().take(self.n_planes.saturating_sub(3)) {
            for (bits, carried) in plane.iter_mut().zip(&mut carry) {
                (*bits, *carried) = (*bits ^ *carried, *bits & *carried);
            }
        }
    }

    /// Which responses have at least `least` equal answers; all if it is 0.
    #[must_use]
    pub fn at_least(&self, least: u32) -> Mask {
        if u64::from(least) >> self.n_planes != 0 {
            return [0; WORDS];
        }
        let (mut greater, mut equal) = ([0; WORDS], [u64::MAX; WORDS]);
        for (place, plane) in self.planes.iter().enumerate().take(self.n_planes).rev() {
            let wanted = if least >> place & 1 == 1 { u64::MAX } else { 0 };
            for ((greater, equal), bits) in greater.iter_mut().zip(&mut equal).zip(plane) {
                *greater |= *equal & bits & !wanted;
                *equal &= !(bits ^ wanted);
            }
        }
        for (greater, equal) in greater.iter_mut().zip(&equal) {
            *greater |= equal;
        }
        greater
    }

    /// The count of the response in `lane`.
    #[must_use]
    pub fn of_lane(&self, lane: usize) -> u32 {
        let planes = self.planes.iter().take(self.n_planes).enumerate();
        planes.fold(0, |count, (place, plane)| {
            let word = plane.get(lane / 64).copied().unwrap_or_default();
            let bit = u32::from(word >> (lane % 64) & 1 == 1);
            count | bit << place
        })
    }
}

/// The lanes whose bit is set, ascending.
pub fn lanes(mask: &Mask) -> impl Iterator<Item = usize> {
    mask.iter().enumerate().flat_map(|(word, bits)| {
        let mut left = *bits;
        std::iter::from_fn(move || {
            let place = (left != 0).then(|| left.trailing_zeros())?;
            left &= left - 1;
            Some(word * 64 + index(place))
        })
    })
}

/// Sum and carry of three bits.
#[inline]
fn add(a: u64, b: u64, c: u64) -> (u64, u64) {
    let either = a ^ b;
    (either ^ c, (a & b) | (either & c))
}

#[inline]
fn set(mask: &mut Mask, word: usize, value: u64) {
    if let Some(place) = mask.get_mut(word) {
        *place = value;
    }
}

fn n_of<T>(values: &[T]) -> u32 {
    u32::try_from(values.len()).unwrap_or(u32::MAX)
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
