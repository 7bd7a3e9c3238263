//! Calls of wait queues in any order, over connections whose replies the input holds too. What is known of each task is
//! held against what the queue says: it has one final event, or its user_data is destroyed with the queue, never both.
#![no_main]

use std::ffi::c_void;
use std::io::{Error, ErrorKind};
use std::ptr;

use libfuzzer_sys::fuzz_target;
use tcdb_async::ffi::*;
use tcdb_async::testing::scripted;
use tcdb_async_fuzz::{Bytes, Text, credentials, script_reply, validate, validate_redacted};

const MOST_CALLS: usize = 150;
const MOST_QUEUES: usize = 3;
const NEVER: u64 = u64::MAX;

/// What a task's user_data points to.
#[derive(Default)]
struct UserData {
    destroyed: u32,
}

unsafe extern "system" fn destroy(user_data: *mut c_void) {
    unsafe { (*user_data.cast::<UserData>()).destroyed += 1 };
}

struct Task {
    number: u64,
    user_data: Box<UserData>,
    wants_changes: bool,
    /// Cancelled: its final event is there, if it was not before.
    is_stopped: bool,
    is_ended: bool,
}

struct Queue {
    queue: *mut tcdb_wait_queue,
    /// In the order of their numbers.
    tasks: Vec<Task>,
    descriptor: Option<i32>,
}

struct World {
    client: *mut tcdb_client,
    is_shut_down: bool,
    queues: Vec<Queue>,
}

impl World {
    fn new(input: &mut Bytes<'_>) -> Self {
        let limit = [0, 1, 1000][usize::from(input.byte()) % 3];
        let (mut client, mut error) = (ptr::null_mut(), ptr::null_mut());
        unsafe {
            let options = tcdb_options_new();
            tcdb_options_set_endpoint(options, c"http://127.0.0.1:1".as_ptr());
            tcdb_options_set_max_requests_per_second(options, limit);
            let credentials = credentials();
            let code = tcdb_client_new(credentials, c"ap-guangzhou".as_ptr(), options, &mut client, &mut error);
            assert_eq!(code, TCDB_OK);
            tcdb_credentials_free(credentials);
            tcdb_options_free(options);
        }
        Self { client, is_shut_down: false, queues: Vec::new() }
    }

    fn call(&mut self, input: &mut Bytes<'_>) {
        let what = input.byte() % 16;
        match what {
            0 => return self.make_queue(),
            1 if input.byte() % 8 == 0 => return self.shut_down(),
            2 if input.byte() % 8 == 0 => return self.free_client(),
            _ => {}
        }
        let number = usize::from(input.byte());
        if number == 255 {
            return call_nothing();
        }
        if self.queues.is_empty() {
            self.make_queue();
        }
        let at = number % self.queues.len().max(1);
        let is_shut_down = self.is_shut_down;
        let Some(queue) = self.queues.get_mut(at) else { return };
        match what {
            3..=6 => queue.add(input, is_shut_down),
            7..=9 => queue.run(input, is_shut_down),
            10 | 11 => {
                queue.next(u32::from(input.byte()) % 3, is_shut_down);
            }
            12 => queue.cancel(input),
            13 => queue.cancel_all(),
            14 if input.byte() % 8 == 0 => self.queues.swap_remove(at).free(),
            14 => unsafe { tcdb_wait_queue_wake(queue.queue) },
            _ => queue.ask(),
        }
    }

    fn make_queue(&mut self) {
        let (mut queue, mut error) = (ptr::null_mut(), ptr::null_mut());
        unsafe {
            let code = tcdb_wait_queue_new(self.client, Some(destroy), &mut queue, &mut error);
            validate(code, ptr::null_mut(), error);
            assert_eq!(code == TCDB_OK, !queue.is_null());
            assert_eq!(code == TCDB_OK, !self.client.is_null());
        }
        if !queue.is_null() && self.queues.len() < MOST_QUEUES {
            self.queues.push(Queue { queue, tasks: Vec::new(), descriptor: None });
        } else {
            unsafe { tcdb_wait_queue_free(queue) };
        }
    }

    fn shut_down(&mut self) {
        self.is_shut_down |= !self.client.is_null();
        unsafe { tcdb_client_shutdown(self.client) };
    }

    /// Its queues go on.
    fn free_client(&mut self) {
        unsafe { tcdb_client_free(std::mem::replace(&mut self.client, ptr::null_mut())) };
    }
}

/// NULL for a queue, an event, options.
fn call_nothing() {
    let (mut task, mut event, mut descriptor, mut error) = (1, ptr::null_mut(), 0, ptr::null_mut());
    unsafe {
        let code = tcdb_wait_queue_add(ptr::null(), c"id".as_ptr(), 0, ptr::null(), ptr::null_mut(), &mut task, &mut error);
        assert_eq!((validate(code, ptr::null_mut(), error), task), (TCDB_ERR_INVALID_ARGUMENT, 0));
        let code = tcdb_wait_queue_next(ptr::null(), 0, &mut event, &mut error);
        assert_eq!(validate(code, ptr::null_mut(), error), TCDB_ERR_INVALID_ARGUMENT);
        let code = tcdb_wait_queue_run(ptr::null(), 0, &mut error);
        assert_eq!(validate(code, ptr::null_mut(), error), TCDB_ERR_INVALID_ARGUMENT);
        let code = tcdb_wait_queue_descriptor(ptr::null(), &mut descriptor, &mut error);
        assert_eq!((validate(code, ptr::null_mut(), error), descriptor), (TCDB_ERR_INVALID_ARGUMENT, -1));
        assert_eq!((tcdb_wait_queue_cancel(ptr::null(), 1), tcdb_wait_queue_pending(ptr::null())), (0, 0));
        assert_eq!(tcdb_wait_queue_due_in_ms(ptr::null()), NEVER);
        tcdb_wait_queue_cancel_all(ptr::null());
        tcdb_wait_queue_wake(ptr::null());
        tcdb_wait_queue_free(ptr::null_mut());
        tcdb_wait_event_free(ptr::null_mut());
        tcdb_wait_options_free(ptr::null_mut());
    }
}

impl Queue {
    fn add(&mut self, input: &mut Bytes<'_>, is_shut_down: bool) {
        let timeout = [0, 1, 60_000, NEVER][usize::from(input.byte()) % 4];
        let id = Text::of(input, &["f96e4f3c-8fc96c86"]);
        let settings = input.byte();
        let mut user_data = Box::<UserData>::default();
        let (mut number, mut error) = (0, ptr::null_mut());
        let code = unsafe {
            let options = if settings % 4 == 0 { ptr::null_mut() } else { tcdb_wait_options_new() };
            if settings & 4 != 0 {
                tcdb_wait_options_set_interval_ms(options, input.number().into(), input.number().into());
            }
            if settings & 8 != 0 {
                tcdb_wait_options_set_stop_on(options, i32::from(input.byte() as i8));
            }
            tcdb_wait_options_set_changes(options, i32::from(settings & 16));
            let user_data = ptr::from_mut(&mut *user_data).cast();
            let code = tcdb_wait_queue_add(self.queue, id.as_ptr(), timeout, options, user_data, &mut number, &mut error);
            tcdb_wait_options_free(options);
            validate(code, ptr::null_mut(), error)
        };
        assert_eq!(code == TCDB_OK, number > 0);
        if code != TCDB_OK {
            assert!(code == TCDB_ERR_INVALID_ARGUMENT || is_shut_down && code == TCDB_ERR_CANCELLED, "{code}");
            return;
        }
        assert!(!is_shut_down, "added after a shutdown");
        assert!(self.tasks.last().is_none_or(|last| last.number < number), "a number is used again");
        let wants_changes = settings % 4 != 0 && settings & 16 != 0;
        self.tasks.push(Task { number, user_data, wants_changes, is_stopped: false, is_ended: false });
    }

    fn run(&mut self, input: &mut Bytes<'_>, is_shut_down: bool) {
        script_reply(input);
        let mut error = ptr::null_mut();
        let code = unsafe { tcdb_wait_queue_run(self.queue, u32::from(input.byte()) % 3, &mut error) };
        validate(code, ptr::null_mut(), error);
        assert!(code == TCDB_OK || is_shut_down && code == TCDB_ERR_CANCELLED, "{code}");
    }

    fn next(&mut self, sleep_ms: u32, is_shut_down: bool) -> bool {
        // What a poll cannot see before the call: deadlines that pass, and what a cancel or a shutdown ends in it.
        let is_readable = self.descriptor.is_none_or(is_readable);
        let pending = self.pending();
        let is_certain = self.tasks.iter().any(|task| !task.is_ended && (task.is_stopped || is_shut_down));
        let (mut event, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_wait_queue_next(self.queue, sleep_ms, &mut event, &mut error) };
        validate(code, ptr::null_mut(), error);
        if event.is_null() {
            assert!(!is_certain, "a task that was stopped has no event");
            assert!(code == TCDB_OK || is_shut_down && pending == 0 && code == TCDB_ERR_CANCELLED, "{code}");
            return false;
        }
        assert_eq!(code, TCDB_OK);
        let event = self.take(event);
        assert!(is_readable || event == TCDB_ERR_WAIT_TIMEOUT, "an event of code {event} without a sign");
        true
    }

    /// Holds an event against its task; its code.
    fn take(&mut self, event: *mut tcdb_wait_event) -> tcdb_code {
        unsafe {
            let number = tcdb_wait_event_task(event);
            let at = self.tasks.binary_search_by_key(&number, |task| task.number).expect("a task that was added");
            let task = &mut self.tasks[at];
            assert!(!task.is_ended, "an event after the final one");
            assert_eq!(tcdb_wait_event_user_data(event), ptr::from_mut(&mut *task.user_data).cast());
            let code = tcdb_wait_event_code(event);
            let (result, error) = (tcdb_wait_event_result(event), tcdb_wait_event_error(event));
            assert_eq!(code == TCDB_OK, !result.is_null());
            validate_redacted(code, result, error);
            task.is_ended = tcdb_wait_event_is_final(event) == 1;
            assert!(task.is_ended || task.wants_changes && code == TCDB_OK, "a change that was not asked for");
            assert!(code != TCDB_OK || tcdb_wait_event_answers(event) > 0);
            assert!(tcdb_wait_event_elapsed_ms(event) < 3_600_000);
            tcdb_wait_event_free(event);
            code
        }
    }

    fn cancel(&mut self, input: &mut Bytes<'_>) {
        let number = match input.byte() {
            255 => NEVER,
            254 => 0,
            at => self.tasks.get(usize::from(at) % self.tasks.len().max(1)).map_or(1, |task| task.number),
        };
        let was_there = unsafe { tcdb_wait_queue_cancel(self.queue, number) } == 1;
        let task = self.tasks.iter_mut().find(|task| task.number == number);
        match task {
            Some(task) => {
                assert!(!was_there || !task.is_ended && !task.is_stopped, "a task ends twice");
                task.is_stopped = true;
            }
            None => assert!(!was_there, "a task that never was"),
        }
    }

    fn cancel_all(&mut self) {
        unsafe { tcdb_wait_queue_cancel_all(self.queue) };
        self.tasks.iter_mut().for_each(|task| task.is_stopped = true);
    }

    fn ask(&mut self) {
        let mut error = ptr::null_mut();
        let mut descriptor = -1;
        unsafe {
            let due = tcdb_wait_queue_due_in_ms(self.queue);
            assert!(due == NEVER || self.pending() > 0, "due without a task");
            assert_eq!(tcdb_wait_queue_pending(self.queue), self.pending());
            let code = tcdb_wait_queue_descriptor(self.queue, &mut descriptor, &mut error);
            assert_eq!(validate(code, ptr::null_mut(), error), TCDB_OK);
        }
        assert!(descriptor >= 0 && self.descriptor.is_none_or(|known| known == descriptor));
        self.descriptor = Some(descriptor);
    }

    fn pending(&self) -> u64 {
        self.tasks.iter().filter(|task| !task.is_ended).count() as u64
    }

    fn free(self) {
        unsafe {
            assert_eq!(tcdb_wait_queue_pending(self.queue), self.pending());
            assert!(self.tasks.iter().all(|task| task.user_data.destroyed == 0), "destroyed while the queue lives");
            tcdb_wait_queue_free(self.queue);
        }
        for task in &self.tasks {
            assert_eq!(task.user_data.destroyed, u32::from(!task.is_ended), "task {}", task.number);
        }
    }
}

fn is_readable(descriptor: i32) -> bool {
    let mut set = libc::pollfd { fd: descriptor, events: libc::POLLIN, revents: 0 };
    // libFuzzer's alarm, which looks for inputs that take too long, may interrupt it.
    while unsafe { libc::poll(&raw mut set, 1, 0) } < 0 {
        assert_eq!(Error::last_os_error().kind(), ErrorKind::Interrupted);
    }
    set.revents != 0
}

fuzz_target!(|input: &[u8]| {
    scripted::reset();
    let mut input = Bytes::new(input);
    let mut world = World::new(&mut input);
    for _ in 0..MOST_CALLS {
        if input.is_empty() {
            break;
        }
        world.call(&mut input);
    }
    // Some queues are taken to their end, the others are freed as they are.
    let (takes, is_shut_down) = (input.byte() % 2 == 0, world.is_shut_down);
    for mut queue in world.queues.drain(..) {
        if takes {
            queue.cancel_all();
            while queue.next(0, is_shut_down) {}
            assert_eq!(queue.pending(), 0, "a cancelled task has no final event");
        }
        queue.free();
    }
    world.free_client();
    assert_eq!(tcdb_live_objects(), 0, "objects are left");
});
