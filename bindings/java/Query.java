// Query.java - reports what became of one async request; with SECONDS, waits for its end, at most that long. By JNA.
//
// Build: javac -cp jna.jar -d . Query.java
// Run:   TENCENTCLOUD_REGION=ap-guangzhou java -cp jna.jar:. Query ID [SECONDS]
// Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
// TCDB_ASYNC_ENDPOINT (host[:port]) and TCDB_ASYNC_CA_FILE (PEM) override the defaults.

import com.sun.jna.IntegerType;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

public final class Query {
    static final int SUCCEEDED = 0, TASK_FAILED = 1, USAGE = 2, NETWORK = 3, REFUSED = 4, TIMED_OUT = 5, NOT_ENDED = 6;

    /** A client of the API. To copy into a program: this class. */
    public static final class TcdbClient implements AutoCloseable {
        /** What this class needs of tcdb_async.h. Objects are Pointers; null is NULL; a String that comes back is a copy. */
        public interface Tcdb extends Library {
            int tcdb_abi_version();
            String tcdb_code_name(int code);
            int tcdb_status_is_terminal(int status);
            int tcdb_status_is_success(int status);

            Pointer tcdb_options_new();
            void tcdb_options_set_endpoint(Pointer options, String endpoint);
            void tcdb_options_set_ca_file(Pointer options, String path);
            void tcdb_options_free(Pointer options);

            int tcdb_credentials_env(PointerByReference out, PointerByReference error);
            void tcdb_credentials_free(Pointer credentials);

            int tcdb_client_new(Pointer credentials, String region, Pointer options, PointerByReference out, PointerByReference error);
            int tcdb_query(Pointer client, String asyncRequestId, PointerByReference out, PointerByReference error);
            int tcdb_wait(Pointer client, String asyncRequestId, long timeoutMs, PointerByReference out, PointerByReference error);
            void tcdb_client_free(Pointer client);

            int tcdb_result_status(Pointer result);
            String tcdb_result_status_text(Pointer result);
            Pointer tcdb_result_info(Pointer result); // a String would end at a NUL
            SizeT tcdb_result_info_len(Pointer result);
            String tcdb_result_request_id(Pointer result);
            void tcdb_result_free(Pointer result);

            String tcdb_error_message(Pointer error);
            void tcdb_error_free(Pointer error);
        }


        /** C's size_t. */
        public static final class SizeT extends IntegerType {
            public SizeT() {
                super(Native.SIZE_T_SIZE, true);
            }
        }

        /** A failure that knows its exit code. */
        public static final class Failure extends Exception {
            final int exitCode;

            Failure(int exitCode, String text) {
                super(text);
                this.exitCode = exitCode;
            }
        }

        /** What the API says of a task; null for what it left out. */
        public static final class Answer {
            String statusText, info, requestId;
            boolean isSuccess, isTerminal;
        }

        static final String LIBRARY = "libtcdb_async.so.0"; // its soname: an incompatible library has another number

        private final Tcdb tcdb;
        private final Pointer client;

        /** Texts are UTF-8, whatever the locale. */
        static Tcdb load() throws Failure {
            Tcdb tcdb;
            try {
                tcdb = Native.load(LIBRARY, Tcdb.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
            } catch (UnsatisfiedLinkError error) {
                String reason = error.getMessage().lines().findFirst().orElse("not found");
                throw new Failure(USAGE, "load " + LIBRARY + ": " + reason + "; looked in jna.library.path ("
                    + System.getProperty("jna.library.path", "not set") + "), LD_LIBRARY_PATH ("
                    + System.getenv().getOrDefault("LD_LIBRARY_PATH", "not set") + ") and the system's folders");
            }
            int abi = tcdb.tcdb_abi_version();
            if (abi >>> 16 != 0 || (abi & 0xffff) < 1)
                throw new Failure(USAGE, "libtcdb_async has ABI " + (abi >>> 16) + "." + (abi & 0xffff) + ", this program needs 0.1");
            return tcdb;
        }

        /** null is the default. */
        public TcdbClient(Tcdb tcdb, String region, String endpoint, String caFile) throws Failure {
            this.tcdb = tcdb;
            PointerByReference credentials = new PointerByReference(), out = new PointerByReference(), error = new PointerByReference();
            Pointer options = tcdb.tcdb_options_new();
            try {
                tcdb.tcdb_options_set_endpoint(options, endpoint);
                tcdb.tcdb_options_set_ca_file(options, caFile);
                check(tcdb.tcdb_credentials_env(credentials, error), error);
                check(tcdb.tcdb_client_new(credentials.getValue(), region, options, out, error), error);
                client = out.getValue();
            } finally {
                // The client keeps what it needs of both; NULL may be freed.
                tcdb.tcdb_credentials_free(credentials.getValue());
                tcdb.tcdb_options_free(options);
            }
        }

        @Override
        public void close() {
            tcdb.tcdb_client_free(client);
        }

        /** One answer, of a task that may go on. */
        public Answer query(String id) throws Failure {
            PointerByReference result = new PointerByReference(), error = new PointerByReference();
            check(tcdb.tcdb_query(client, id, result, error), error);
            return take(result.getValue());
        }

        /** The answer of a task that has ended. */
        public Answer await(String id, long seconds) throws Failure {
            PointerByReference result = new PointerByReference(), error = new PointerByReference();
            check(tcdb.tcdb_wait(client, id, seconds * 1000, result, error), error);
            return take(result.getValue());
        }

        /** Copies what a result says, and frees it. */
        private Answer take(Pointer result) {
            try {
                Answer answer = new Answer();
                Pointer info = tcdb.tcdb_result_info(result);
                int length = tcdb.tcdb_result_info_len(result).intValue(), status = tcdb.tcdb_result_status(result);
                answer.statusText = tcdb.tcdb_result_status_text(result);
                answer.info = info == null ? null : new String(info.getByteArray(0, length), StandardCharsets.UTF_8);
                answer.requestId = tcdb.tcdb_result_request_id(result);
                answer.isSuccess = tcdb.tcdb_status_is_success(status) == 1;
                answer.isTerminal = tcdb.tcdb_status_is_terminal(status) == 1;
                return answer;
            } finally {
                tcdb.tcdb_result_free(result);
            }
        }

        /** Throws what the library says, and frees its error. */
        private void check(int code, PointerByReference error) throws Failure {
            if (code == 0) return;
            String text = tcdb.tcdb_code_name(code) + ": " + tcdb.tcdb_error_message(error.getValue());
            tcdb.tcdb_error_free(error.getValue());
            throw new Failure(exitCodeOf(code), text);
        }

        private static int exitCodeOf(int code) {
            switch (code) {
                case 1: case 5: return USAGE; // INVALID_ARGUMENT, CREDENTIALS
                case 4: case 23: return TIMED_OUT; // WAIT_TIMEOUT, REQUEST_TIMEOUT
                default: return code >= 41 ? REFUSED : NETWORK; // AUTH and above: the API's own refusals
            }
        }
    }

    static String orNone(String text) {
        return text == null || text.isEmpty() ? "(none)" : text;
    }

    static int show(TcdbClient.Answer answer) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.print("status: " + orNone(answer.statusText) + "\n");
        out.print("info: " + (answer.info == null ? "(none)" : answer.info) + "\n");
        out.print("request_id: " + orNone(answer.requestId) + "\n");
        out.flush();
        return answer.isSuccess ? SUCCEEDED : answer.isTerminal ? TASK_FAILED : NOT_ENDED;
    }

    static int run(String[] arguments) throws TcdbClient.Failure {
        TcdbClient.Tcdb tcdb = TcdbClient.load();
        boolean waits = arguments.length == 2;
        if (arguments.length < 1 || arguments.length > 2 || waits && !arguments[1].matches("[0-9]{1,9}"))
            throw new TcdbClient.Failure(USAGE, "usage: Query ASYNC_REQUEST_ID [SECONDS]");

        String region = System.getenv("TENCENTCLOUD_REGION");
        try (TcdbClient client = new TcdbClient(tcdb, region, System.getenv("TCDB_ASYNC_ENDPOINT"), System.getenv("TCDB_ASYNC_CA_FILE"))) {
            return show(waits ? client.await(arguments[0], Long.parseLong(arguments[1])) : client.query(arguments[0]));
        }
    }

    public static void main(String[] arguments) {
        int exitCode;
        try {
            exitCode = run(arguments);
        } catch (TcdbClient.Failure failure) {
            new PrintStream(System.err, true, StandardCharsets.UTF_8).println(failure.getMessage());
            exitCode = failure.exitCode;
        }
        System.exit(exitCode);
    }
}
