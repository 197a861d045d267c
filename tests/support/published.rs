//! Numbers of published tables.

/// A number of the JSON-stat dataset; NaN where it has none.
pub fn estimate(json: &serde_json::Value, indicator: &str, domain: &str, measure: &str) -> f64 {
    let place = |dimension: &str, code: &str| {
        let index = json["dimension"][dimension]["category"]["index"]
            .as_array()
            .unwrap();
        index.iter().position(|known| known == code)
    };
    let (Some(i), Some(d), Some(m)) = (
        place("indicator", indicator),
        place("domain", domain),
        place("measure", measure),
    ) else {
        return f64::NAN;
    };
    let size: Vec<usize> = json["size"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| usize::try_from(n.as_u64().unwrap()).unwrap())
        .collect();
    json["value"][(i * size[1] + d) * size[2] + m]
        .as_f64()
        .unwrap_or(f64::NAN)
}
