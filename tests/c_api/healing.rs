//! Kept connections that turn out closed, a server that dies and comes back, a client whose HTTP library panicked.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustls::ServerConnection;
#[cfg(unix)]
use socket2::{SockFilter, SockRef};
use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Fault, Misbehaviour, MockServer, Options as ServerOptions};

use crate::c_api::{Client, Credentials, Lines, Options};
use crate::machine::ms;
use crate::own_proxy::Tls;
use crate::tables;

fn both_schemes() -> [(String, bool); 2] {
    [("https".to_owned(), true), ("http".to_owned(), false)]
}

fn options(server: &MockServer, over_tls: bool) -> Options {
    let url = if over_tls { server.https_url() } else { server.http_url() };
    // One attempt: whatever is asked again costs none.
    Options::to(server).endpoint(&url).attempts(1)
}

fn client(server: &MockServer, over_tls: bool) -> Client {
    options(server, over_tls).client(&Credentials::accepted()).unwrap()
}

fn ask_at_once(client: &Client, threads: usize) {
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| client.query(DOCUMENTED_ID).unwrap());
        }
    });
}

#[test]
fn a_connection_closed_while_idle_costs_no_attempt_and_no_request() {
    tables::each(both_schemes(), |over_tls| {
        let server = MockServer::start(ServerOptions::default()).unwrap();
        let client = client(&server, over_tls);
        for _ in 0..3 {
            client.query(DOCUMENTED_ID).unwrap();
            server.close_connections();
            while server.live_connections() > 0 {
                thread::sleep(Duration::from_millis(5));
            }
        }
        assert_eq!((server.requests(), server.connections()), (3, 3));
    });
}

#[test]
fn a_connection_closed_at_the_moment_of_use_is_healed_once_signed_again() {
    let faults = [Fault::CloseAtUse, Fault::ResetAtUse];
    let cases =
        both_schemes().into_iter().flat_map(|(name, tls)| faults.map(|f| (format!("{name} {}", f.name()), (f, tls))));
    tables::each(cases, |(fault, over_tls)| {
        let server = MockServer::start(ServerOptions::default()).unwrap();
        let client = client(&server, over_tls);
        client.query(DOCUMENTED_ID).unwrap();
        server.misbehave(Misbehaviour::fault(fault));
        client.query(DOCUMENTED_ID).unwrap();
        assert_eq!((server.requests(), server.connections()), (3, 2));
        assert!(server.seen().iter().all(|seen| seen.refused.is_none()));
    });
}

#[test]
fn many_kept_connections_that_all_turn_out_closed_cost_no_attempt_either() {
    tables::each(both_schemes(), |over_tls| {
        let server =
            MockServer::start(ServerOptions { delay: Duration::from_millis(30), ..ServerOptions::default() }).unwrap();
        let client = client(&server, over_tls);
        ask_at_once(&client, 16);
        let kept = server.live_connections();
        assert!(kept > 4, "{kept} connections");
        server.misbehave(Misbehaviour::fault(Fault::CloseAtUse));
        ask_at_once(&client, 16);
        client.query(DOCUMENTED_ID).unwrap();
    });
}

#[test]
fn a_408_421_or_425_on_a_kept_connection_goes_out_again_on_a_new_one_and_costs_no_attempt() {
    for fault in [Fault::Http408AtUse, Fault::Http421AtUse, Fault::Http425AtUse] {
        for (_, over_tls) in both_schemes() {
            let server = MockServer::start(ServerOptions::default()).unwrap();
            let client = client(&server, over_tls);
            client.query(DOCUMENTED_ID).unwrap();
            server.misbehave(Misbehaviour::fault(fault));
            assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_SUCCESS, "{}", fault.name());
            assert_eq!((server.requests(), server.connections()), (3, 2), "{}", fault.name());
        }
    }
}

#[test]
fn a_408_421_or_425_on_a_new_connection_is_a_failure_that_passes() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    for status in ["408 Request Timeout", "421 Misdirected Request", "425 Too Early"] {
        let reply = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        server.misbehave(Misbehaviour::raw(reply.into_bytes(), false).next_requests(1));
        let before = server.requests();
        let client = Options::to(&server).attempts(2).client(&Credentials::accepted()).unwrap();
        assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_SUCCESS, "{status}");
        assert_eq!(server.requests() - before, 2, "{status}");
    }
}

#[test]
fn after_a_byte_of_the_answer_nothing_is_sent_again_unasked() {
    let faults =
        [Fault::ResetAfterFirstByte, Fault::CloseInHead, Fault::ResetInBody, Fault::CloseInBody, Fault::CutInBody];
    let cases =
        both_schemes().into_iter().flat_map(|(name, tls)| faults.map(|f| (format!("{name} {}", f.name()), (f, tls))));
    tables::each(cases, |(fault, over_tls)| {
        let server = MockServer::start(ServerOptions::default()).unwrap();
        let client = client(&server, over_tls);
        client.query(DOCUMENTED_ID).unwrap();
        server.misbehave(Misbehaviour::fault(fault));
        let failure = client.query(DOCUMENTED_ID).unwrap_err();
        assert_eq!((failure.code, failure.attempts, server.requests()), (TCDB_ERR_TRANSPORT, 1, 2), "{failure:?}");
    });
}

#[test]
fn a_new_connection_that_breaks_is_a_failed_attempt_and_not_healed() {
    tables::each(both_schemes(), |over_tls| {
        let server = MockServer::start(ServerOptions::default()).unwrap();
        server.misbehave(Misbehaviour::fault(Fault::ResetBeforeFirstByte));
        let failure = client(&server, over_tls).query(DOCUMENTED_ID).unwrap_err();
        assert_eq!((failure.code, failure.attempts, server.requests()), (TCDB_ERR_TRANSPORT, 1, 1));
    });
}

#[test]
fn a_reset_before_the_first_byte_is_retried() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = Options::to(&server).client(&Credentials::accepted()).unwrap();
    server.misbehave(Misbehaviour::fault(Fault::ResetBeforeFirstByte).next_requests(2));
    client.query(DOCUMENTED_ID).unwrap();
    assert_eq!(server.requests(), 3);
}

fn reply(status: &str) -> String {
    let body = format!(r#"{{"Response":{{"Status":"{status}","RequestId":"x"}}}}"#);
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn bytes_behind_an_answer_are_not_taken_for_the_next_one() {
    tables::each(both_schemes(), |over_tls| {
        let server = MockServer::start(ServerOptions::default()).unwrap();
        let client = client(&server, over_tls);
        server.misbehave(Misbehaviour::raw(reply("FAILED") + &reply("KILLED"), false).next_requests(1));
        assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_FAILED);
        assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_SUCCESS);
        assert_eq!(server.connections(), 2);
    });
}

#[test]
fn bytes_that_come_unasked_on_an_idle_connection_are_not_taken_for_the_next_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = Options::new().endpoint(&url).client(&Credentials::accepted()).unwrap();
    // Two connections: an answer each, then an answer to nothing, as a gateway sends its 408 to a silent client.
    let server = thread::spawn(move || {
        let mut kept = Vec::new();
        for status in ["RUNNING", "SUCCESS"] {
            let mut stream = listener.accept().unwrap().0;
            stream.read(&mut [0; 8192]).unwrap();
            stream.write_all(reply(status).as_bytes()).unwrap();
            thread::sleep(Duration::from_millis(50));
            stream.write_all(reply("KILLED").as_bytes()).unwrap();
            kept.push(stream);
        }
    });
    assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_RUNNING);
    thread::sleep(Duration::from_millis(150));
    assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_SUCCESS);
    server.join().unwrap();
}

/// A server over TLS that answers one request, says something unasked when it may, and answers another request,
/// on the same connection or the next. How many connections there were.
fn answers_and_says(
    listener: &TcpListener,
    tls: &Tls,
    unasked: fn(&mut ServerConnection),
    (may_go_on, said): &(Receiver<()>, Sender<()>),
) -> usize {
    let mut answers = 0;
    for connections in 1..=2 {
        let stream = listener.accept().unwrap().0;
        stream.set_nodelay(true).unwrap();
        let connection = ServerConnection::new(tls.config.clone()).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        while stream.read(&mut [0; 8192]).is_ok_and(|length| length > 0) {
            stream.write_all(reply("SUCCESS").as_bytes()).unwrap();
            answers += 1;
            if answers == 2 {
                return connections;
            }
            may_go_on.recv().unwrap();
            unasked(&mut stream.conn);
            stream.flush().unwrap();
            said.send(()).unwrap();
        }
    }
    panic!("two connections and not two requests");
}

#[test]
fn over_tls_new_keys_that_come_unasked_leave_an_idle_connection_good_and_data_does_not() {
    let new_keys: fn(&mut ServerConnection) = |tls| tls.refresh_traffic_keys().unwrap();
    let data: fn(&mut ServerConnection) = |tls| tls.writer().write_all(reply("KILLED").as_bytes()).unwrap();
    let both: fn(&mut ServerConnection) = |tls| {
        tls.refresh_traffic_keys().unwrap();
        tls.writer().write_all(reply("KILLED").as_bytes()).unwrap();
    };
    // A record of the largest size is not whole before a look at an idle connection ends.
    let much: fn(&mut ServerConnection) = |tls| tls.writer().write_all(&[b' '; 16 * 1024]).unwrap();
    let cases = [("new keys", new_keys, 1), ("data", data, 2), ("both", both, 2), ("a large record", much, 2)];
    tables::each(
        cases.map(|(name, unasked, expected)| (name.to_owned(), (unasked, expected))),
        |(unasked, expected)| {
            let tls = Tls::make();
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let ca = std::env::temp_dir().join(format!("tcdb-unasked-{}-{port}.pem", std::process::id()));
            std::fs::write(&ca, &tls.pem).unwrap();
            let options = Options::new().endpoint(&format!("https://localhost:{port}")).ca_file(&ca);
            let client = options.total(ms(10_000)).attempts(1).client(&Credentials::accepted()).unwrap();
            let ((go_on, may_go_on), (says, said)) = (channel(), channel());
            let server = thread::spawn(move || answers_and_says(&listener, &tls, unasked, &(may_go_on, says)));
            client.query(DOCUMENTED_ID).unwrap();
            go_on.send(()).unwrap();
            said.recv().unwrap();
            // It is sent; now it arrives.
            thread::sleep(Duration::from_millis(50));
            assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_SUCCESS);
            drop(client);
            assert_eq!(server.join().unwrap(), expected);
            std::fs::remove_file(&ca).unwrap();
        },
    );
}

#[test]
fn of_more_connections_than_are_kept_the_one_used_longest_ago_is_closed() {
    const KEPT: usize = 64;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let options = Options::new().endpoint(&url).requests_per_second(0).attempts(1).total(ms(20_000));
    let client = options.client(&Credentials::accepted()).unwrap();
    let (done, is_done) = channel();
    let mut streams = thread::scope(|scope| {
        for _ in 0..=KEPT {
            let done = done.clone();
            let client = &client;
            scope.spawn(move || {
                client.query(DOCUMENTED_ID).unwrap();
                done.send(()).unwrap();
            });
        }
        // None is answered before all have asked, each on a connection of its own.
        let mut streams: Vec<_> = (0..=KEPT).map(|_| listener.accept().unwrap().0).collect();
        for stream in &mut streams {
            stream.read(&mut [0; 8192]).unwrap();
            stream.set_read_timeout(Some(ms(20_000))).unwrap();
        }
        for stream in &mut streams {
            stream.write_all(reply("RUNNING").as_bytes()).unwrap();
            is_done.recv().unwrap();
        }
        streams
    });
    let mut oldest = streams.remove(0);
    assert_eq!(oldest.read(&mut [0; 1]).unwrap(), 0, "closed");
    for stream in &mut streams {
        stream.set_nonblocking(true).unwrap();
        assert_eq!(stream.read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::WouldBlock, "kept");
    }
}

#[test]
fn of_many_silent_kept_connections_one_query_waits_once_and_every_other_is_answered_at_once() {
    tables::each(both_schemes(), |over_tls| {
        let server =
            MockServer::start(ServerOptions { delay: Duration::from_millis(300), ..ServerOptions::default() }).unwrap();
        let total = Duration::from_millis(1500);
        let client =
            options(&server, over_tls).total(Duration::from_secs(20)).client(&Credentials::accepted()).unwrap();
        ask_at_once(&client, 8);
        assert_eq!(server.live_connections(), 8);
        server.set_delay(Duration::ZERO);
        // Those kept are silent from now on; new ones are served well.
        server.misbehave(Misbehaviour::fault(Fault::StallAtUse));
        let waiter = crate::c_api::Waiter::new(&client, DOCUMENTED_ID, Some(total)).unwrap();
        let failure = waiter.run().unwrap_err();
        assert_eq!(failure.code, TCDB_ERR_WAIT_TIMEOUT, "{failure:?}");
        let before = server.requests();
        for _ in 0..11 {
            client.query(DOCUMENTED_ID).unwrap();
            // Each on a connection of its own: a second request on one would be silent too.
            server.close_connections();
            while server.live_connections() > 0 {
                thread::sleep(Duration::from_millis(2));
            }
        }
        assert_eq!(server.requests() - before, 11, "none went to a silent connection");
    });
}

#[test]
fn connections_younger_than_one_that_proved_dead_are_still_trusted() {
    let server =
        MockServer::start(ServerOptions { delay: Duration::from_millis(200), ..ServerOptions::default() }).unwrap();
    let client = client(&server, true);
    ask_at_once(&client, 4);
    assert_eq!(server.connections(), 4);
    server.set_delay(Duration::ZERO);
    server.misbehave(Misbehaviour::fault(Fault::CloseAtUse).next_requests(1));
    client.query(DOCUMENTED_ID).unwrap();
    assert_eq!(server.connections(), 5, "it proved closed, and a new one was made");
    for _ in 0..5 {
        client.query(DOCUMENTED_ID).unwrap();
    }
    assert_eq!(server.connections(), 5, "the new one serves");
}

#[cfg(unix)]
#[test]
fn a_kept_connection_into_the_void_is_given_up_long_before_the_total_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let options = Options::new().endpoint(&url).connect(Duration::from_secs(1)).attempts(1);
    let client = options.client(&Credentials::accepted()).unwrap();
    let server = thread::spawn(move || {
        let mut kept = Vec::new();
        for status in ["RUNNING", "SUCCESS"] {
            let mut stream = listener.accept().unwrap().0;
            stream.read(&mut [0; 8192]).unwrap();
            stream.write_all(reply(status).as_bytes()).unwrap();
            // From now on whatever arrives on it vanishes, as behind a NAT that has forgotten the connection.
            thread::sleep(Duration::from_millis(50));
            SockRef::from(&stream).attach_filter(&[SockFilter::new(6, 0, 0, 0)]).unwrap();
            kept.push(stream);
        }
    });
    assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_RUNNING);
    thread::sleep(Duration::from_millis(150));
    let started = Instant::now();
    assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_SUCCESS);
    assert!((2..8).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    server.join().unwrap();
}

#[test]
fn an_idle_connection_is_kept_and_used_again() {
    tables::each(both_schemes(), |over_tls| {
        let server = MockServer::start(ServerOptions::default()).unwrap();
        let client = client(&server, over_tls);
        for _ in 0..20 {
            client.query(DOCUMENTED_ID).unwrap();
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!((server.requests(), server.connections()), (20, 1));
    });
}

#[test]
fn healing_is_logged() {
    let (server, lines) = (MockServer::start(ServerOptions::default()).unwrap(), Lines::default());
    let client = options(&server, true).log(TCDB_LOG_DEBUG, &lines).client(&Credentials::accepted()).unwrap();
    client.query(DOCUMENTED_ID).unwrap();
    server.misbehave(Misbehaviour::fault(Fault::ResetAtUse));
    client.query(DOCUMENTED_ID).unwrap();
    assert!(lines.contains("the connection was reused; sending again on a new one"), "{:?}", lines.all());
}

#[test]
fn under_sixty_four_threads_a_server_that_dies_and_comes_back_costs_no_call_its_deadline() {
    let total = ms(1_000);
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = Options::to(&server).total(total).client(&Credentials::accepted()).unwrap();
    let until = Instant::now() + ms(5_000);
    let (answered, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    let slowest = std::sync::Mutex::new(Duration::ZERO);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                while Instant::now() < until {
                    let started = Instant::now();
                    match client.query(DOCUMENTED_ID) {
                        Ok(found) => assert_eq!(found.status, TCDB_STATUS_SUCCESS),
                        Err(failure) => {
                            let known = [TCDB_ERR_CONNECT, TCDB_ERR_TRANSPORT, TCDB_ERR_REQUEST_TIMEOUT];
                            assert!(known.contains(&failure.code), "{failure:?}");
                            failed.fetch_add(1, SeqCst);
                        }
                    }
                    answered.fetch_add(1, SeqCst);
                    let took = started.elapsed();
                    let mut slowest = slowest.lock().unwrap();
                    *slowest = took.max(*slowest);
                    drop(slowest);
                    thread::sleep(Duration::from_millis(2));
                }
            });
        }
        scope.spawn(|| {
            while Instant::now() + ms(700) < until {
                thread::sleep(ms(300));
                server.stop();
                thread::sleep(ms(200));
                server.restart().unwrap();
            }
        });
    });
    let (answered, failed, slowest) = (answered.into_inner(), failed.into_inner(), slowest.into_inner().unwrap());
    // Beyond the deadline only what a busy machine takes to wake 64 threads.
    assert!(slowest < total + ms(800), "{slowest:?}");
    assert!(answered > 500 && failed < answered / 2, "{failed} of {answered} failed");
    for _ in 0..10 {
        assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_SUCCESS, "the client heals");
    }
}
