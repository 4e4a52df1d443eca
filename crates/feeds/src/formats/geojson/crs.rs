//! The `crs` member of GeoJSON of 2008 (3 of that specification; removed by RFC 7946, 4): anything but WGS 84 is refused,
//! for positions in another system would be shown at wrong places.

use serde_json::Value;

use crate::contract::RejectReason;

/// A reason where an object names a system that is not WGS 84. `null` and none at all are WGS 84 (RFC 7946, 4).
pub(super) fn check(object: &Value) -> Result<(), RejectReason> {
    match object.get("crs") {
        None | Some(Value::Null) => Ok(()),
        Some(crs) if is_wgs84(crs) => Ok(()),
        Some(_) => Err(RejectReason::new(
            "crs",
            "crs: expected WGS 84 (CRS84, EPSG:4326) or none, found another system",
        )),
    }
}

/// `{"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}` and its relatives, also the older
/// `{"type": "EPSG", "properties": {"code": 4326}}`. With or without height.
fn is_wgs84(crs: &Value) -> bool {
    let kind = crs.get("type").and_then(Value::as_str);
    let properties = crs.get("properties");
    let part = |key| properties.and_then(|p| p.get(key));
    match kind {
        Some("name") => part("name")
            .and_then(Value::as_str)
            .is_some_and(is_name_of_wgs84),
        Some("EPSG") => {
            let code = part("code");
            let number = code.and_then(|c| c.as_u64().or_else(|| c.as_str()?.parse().ok()));
            matches!(number, Some(4326 | 4979))
        }
        _ => false,
    }
}

fn is_name_of_wgs84(name: &str) -> bool {
    let name = name.trim().to_ascii_uppercase();
    let last = name.rsplit([':', '/', '#']).next().unwrap_or_default();
    match last {
        "CRS84" | "CRS84H" => true,
        "4326" | "4979" => name.contains("EPSG"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_wgs84_are_taken_and_others_refused() {
        let named = |name: &str| json!({"crs": {"type": "name", "properties": {"name": name}}});
        for name in [
            "urn:ogc:def:crs:OGC:1.3:CRS84",
            "urn:ogc:def:crs:OGC::CRS84h",
            "urn:ogc:def:crs:EPSG::4326",
            "urn:ogc:def:crs:EPSG:6.6:4326",
            "EPSG:4326",
            "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
            "http://www.opengis.net/def/crs/EPSG/0/4979",
        ] {
            assert!(check(&named(name)).is_ok(), "{name}");
        }
        for name in [
            "EPSG:3857",
            "urn:ogc:def:crs:EPSG::5564",
            "urn:ogc:def:crs:OGC::CRS83",
            "4326",
            "",
        ] {
            assert_eq!(check(&named(name)).unwrap_err().code, "crs", "{name}");
        }
    }

    #[test]
    fn none_and_null_are_wgs84_and_links_are_refused() {
        assert!(check(&json!({})).is_ok());
        assert!(check(&json!({"crs": null})).is_ok());
        assert!(check(&json!({"crs": {"type": "EPSG", "properties": {"code": 4326}}})).is_ok());
        for crs in [
            json!({"type": "link", "properties": {"href": "http://example.com/crs/42"}}),
            json!({"type": "EPSG", "properties": {"code": 3857}}),
            json!("EPSG:4326"),
            json!({}),
        ] {
            assert!(check(&json!({"crs": crs})).is_err(), "{crs}");
        }
    }
}
