//! The short names of the public hosts.

/// Of the API and of STS.
struct Site {
    name: &'static str,
    api: &'static str,
    sts: &'static str,
}

const SITES: [Site; 2] = [
    Site { name: "intl", api: "cdb.intl.tencentcloudapi.com", sts: "sts.intl.tencentcloudapi.com" },
    Site { name: "mainland", api: "cdb.tencentcloudapi.com", sts: "sts.tencentcloudapi.com" },
];

pub fn api(given: &str) -> &str {
    site(given).map_or(given, |site| site.api)
}

/// By its own option, else by the API's where that is a short name.
pub fn sts<'a>(given: Option<&'a str>, api: Option<&str>) -> Option<&'a str> {
    match given {
        Some(given) => Some(site(given).map_or(given, |site| site.sts)),
        None => api.and_then(site).map(|site| site.sts),
    }
}

fn site(name: &str) -> Option<&'static Site> {
    SITES.iter().find(|site| site.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_means_the_hosts_of_both_services() {
        assert_eq!(api("mainland"), "cdb.tencentcloudapi.com");
        assert_eq!(api("intl"), "cdb.intl.tencentcloudapi.com");
        assert_eq!(api("https://localhost:1"), "https://localhost:1");
        assert_eq!(sts(None, Some("mainland")), Some("sts.tencentcloudapi.com"));
        assert_eq!(sts(Some("intl"), Some("mainland")), Some("sts.intl.tencentcloudapi.com"));
        assert_eq!(sts(Some("localhost:1"), Some("mainland")), Some("localhost:1"));
        assert_eq!(sts(None, Some("localhost")), None);
        assert_eq!(sts(None, None), None);
    }
}
