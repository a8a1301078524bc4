use proptest::prelude::*;

use super::*;

fn reason(text: &str) -> DateErrorReason {
    ExpiryPoint::parse(text).expect_err(text).reason()
}

#[test]
fn accepts_the_two_shapes_only() {
    use DateErrorReason::*;
    for text in [
        "2026-03-30",
        "2028-02-29",
        "2026-03-30T17:00:00Z",
        "2026-03-30T23:59:59.999999999+07:00",
    ] {
        assert!(ExpiryPoint::parse(text).is_ok(), "{text}");
    }
    let rejected = [
        ("", Shape),
        ("garbage", Shape),
        ("2030", Shape),
        ("20260330", Shape),
        ("31-12-2020", Shape),
        ("2026/03/30", Shape),
        ("2026-3-30", Shape),
        ("+002026-03-30", Shape),
        (" 2026-03-30", Shape),
        ("2026-03-30 ", Shape),
        ("2026-03-30[UTC]", Shape),
        ("2026-03-3०", Shape),
        ("2026-03-30 17:00:00Z", Shape),
        ("2026-03-30t17:00:00Z", Shape),
        ("2026-03-30T17:00:00z", Shape),
        ("2026-03-30T17Z", Shape),
        ("2026-03-30T17:00Z", Shape),
        ("2026-03-30T17:00:00.Z", Shape),
        ("2026-03-30T17:00:00.1234567890Z", Shape),
        ("2026-03-30T17:00:00+0700", Shape),
        ("2026-03-30T17:00:00Z[UTC]", Shape),
        ("2026-03-30T17:00:00 UTC", Shape),
        ("2026-03-30T00:00:00", NoOffset),
        ("2026-03-30T00:00:00.5", NoOffset),
        ("2026-03-30T00:00:00-00:00", UnknownOffset),
        ("2026-03-30T00:00:00+24:00", OffsetRange),
        ("2026-03-30T00:00:00+07:60", OffsetRange),
        ("2026-03-30T24:00:00Z", NoSuchTime),
        ("2026-03-30T23:60:00Z", NoSuchTime),
        ("2026-06-30T23:59:60Z", NoSuchTime),
        ("2027-02-29", NoSuchDay),
        ("2027-02-29T00:00:00Z", NoSuchDay),
        ("2026-04-31", NoSuchDay),
        ("2026-13-01", NoSuchDay),
        ("2026-00-10", NoSuchDay),
        ("0026-03-30", Year),
        ("9999-12-31", Year),
    ];
    for (text, expected) in rejected {
        assert_eq!(reason(text), expected, "{text}");
    }
}

#[test]
fn errors_quote_the_text_name_the_reason_and_show_how() {
    assert_eq!(
        ExpiryPoint::parse("2027-02-29")
            .expect_err("no such day")
            .to_string(),
        "`2027-02-29` is not a day of the calendar; write a day such as 2026-03-30 or an instant such as 2026-03-30T17:00:00Z",
    );
    let long = ExpiryPoint::parse(&"x".repeat(500))
        .expect_err("not a date")
        .to_string();
    assert!(long.chars().count() < 200, "{long}");
}

#[test]
fn offsets_of_the_registry_stay_on_earth() {
    assert_eq!(UtcOffset::parse("Z").expect("Z"), UtcOffset::UTC);
    assert_eq!(UtcOffset::parse("+00:00").expect("zero"), UtcOffset::UTC);
    assert_eq!(UtcOffset::parse("-03:30").expect("half").to_string(), "-03:30");
    for text in [
        "",
        "UTC",
        "+7",
        "+0700",
        "07:00",
        "-00:00",
        "+14:01",
        "+07:00 ",
        "Asia/Jakarta",
    ] {
        assert!(UtcOffset::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_day_is_looked_at_from_its_close() {
    let zone = UtcOffset::parse("+07:00").expect("zone");
    let as_of = AsOf::parse("2026-03-30", zone).expect("date");
    assert_eq!(as_of.to_rfc3339(), "2026-03-30T16:59:59.999999999Z");
    assert_eq!(as_of.to_string(), "2026-03-30");
    let instant = AsOf::parse("2026-03-30T17:00:00Z", zone).expect("instant");
    assert_eq!(instant.date(zone).to_string(), "2026-03-31");
    assert_eq!(instant.utc_date().to_string(), "2026-03-30");
    assert_eq!(instant.to_string(), "2026-03-30T17:00:00Z");
    assert!(AsOf::parse("+30d", zone).is_err(), "a forecast needs the present");
}

#[test]
fn a_forecast_counts_from_now() {
    let now = Instant::parse("2026-03-01T12:00:00Z").expect("instant");
    let at = |text| AsOf::parse_with_now(text, now, UtcOffset::UTC).map(|as_of| as_of.to_rfc3339());
    assert_eq!(at("+30d").expect("forecast"), "2026-03-31T12:00:00Z");
    assert_eq!(at("2026-03-01").expect("date"), "2026-03-01T23:59:59.999999999Z");
    for text in [
        "+d",
        "+0d",
        "+30",
        "+30h",
        "30d",
        "-30d",
        "+3661d",
        "+99999999999d",
        "++1d",
        "+1.5d",
        "now",
        "",
    ] {
        let error = at(text).expect_err(text).to_string();
        assert!(error.contains("+30d"), "{error}");
    }
}

#[test]
fn the_clock_is_checked_before_it_is_believed() {
    assert!(Instant::try_from(SystemTime::UNIX_EPOCH).is_ok());
    let past = SystemTime::UNIX_EPOCH - std::time::Duration::from_secs(1);
    assert_eq!(Instant::try_from(past), Err(ClockOutOfRange));
}

#[test]
fn months_end_on_their_last_day() {
    let day = Date::parse("2026-01-31").expect("date");
    assert_eq!(day.add_months(1).expect("february").to_string(), "2026-02-28");
    assert_eq!(day.add_months(3).expect("april").to_string(), "2026-04-30");
}

fn dates() -> impl Strategy<Value = Date> {
    let first = Date::parse("1970-01-01").expect("date");
    (0_i64..376_199).prop_map(move |days| first.add_days(days).expect("within range"))
}

fn offsets() -> impl Strategy<Value = UtcOffset> {
    (-14 * 60_i32..=14 * 60)
        .prop_map(|minutes| UtcOffset(tz::Offset::from_seconds(minutes * 60).expect("offset")))
}

proptest! {
    #[test]
    fn dates_round_trip(date in dates()) {
        prop_assert_eq!(Date::parse(&date.to_string()).expect("round trip"), date);
        prop_assert_eq!(ExpiryPoint::parse(&date.to_string()).expect("round trip"), ExpiryPoint::Date(date));
    }

    #[test]
    fn offsets_round_trip(offset in offsets()) {
        prop_assert_eq!(UtcOffset::parse(&offset.to_string()).expect("round trip"), offset);
    }

    #[test]
    fn instants_round_trip(seconds in 0_i64..32_503_680_000, nanoseconds in 0_i32..1_000_000_000) {
        let instant = Instant(Timestamp::new(seconds, nanoseconds).expect("timestamp"));
        prop_assert_eq!(Instant::parse(&instant.to_string()).expect("round trip"), instant);
    }

    #[test]
    fn one_instant_has_many_spellings(seconds in 100_000_i64..32_503_000_000, offset in offsets()) {
        let instant = Instant(Timestamp::new(seconds, 0).expect("timestamp"));
        let local = offset.0.to_datetime(instant.0);
        let text = format!("{}{offset}", local.strftime("%Y-%m-%dT%H:%M:%S"));
        prop_assert_eq!(Instant::parse(&text).expect("local spelling"), instant);
    }

    #[test]
    fn adding_days_is_what_counting_days_undoes(date in dates(), days in -4000_i64..4000) {
        if let Some(other) = date.add_days(days) {
            prop_assert_eq!(other.days_since(date), days);
        }
    }

    #[test]
    fn a_day_holds_exactly_its_instants(date in dates(), zone in offsets()) {
        prop_assert_eq!(date.start(zone).date(zone), date);
        prop_assert_eq!(date.end(zone).just_before().date(zone), date);
        prop_assert_eq!(date.end(zone).date(zone).days_since(date), 1);
        prop_assert_eq!(AsOf::close_of(date, zone).date(zone), date);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}|[0-9TZ:+.-]{0,40}") {
        let _ = ExpiryPoint::parse(&text);
        let _ = AsOf::parse_with_now(&text, Instant(Timestamp::UNIX_EPOCH), UtcOffset::UTC);
        let _ = UtcOffset::parse(&text);
    }
}
