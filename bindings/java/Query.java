// Query.java - what became of one async request? By JNA.
//
// Build: javac -cp jna.jar -d . Query.java
// Run:   TENCENTCLOUD_REGION=ap-guangzhou java -cp jna.jar:. Query ID
// Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
// This program's own: TENCENTCLOUD_REGION; TCDB_ENDPOINT (host[:port]) and TCDB_CA_FILE (PEM) go before the defaults.

import com.sun.jna.IntegerType;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

public final class Query {
    /** What this program needs of tcdb_async.h. Objects are Pointers; null is NULL; a String that comes back is a copy. */
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

    /** A failure that knows the exit code it stands for. */
    static final class Failure extends Exception {
        final int exitCode;

        Failure(int exitCode, String text) {
            super(text);
            this.exitCode = exitCode;
        }
    }

    static final int SUCCEEDED = 0, ENDED_BADLY = 1, USAGE = 2, NETWORK = 3, REFUSED = 4, TIME_OVER = 5, NOT_ENDED = 6;

    // By its soname: a later, incompatible library has another. Texts are UTF-8, whatever the locale.
    static final Tcdb TCDB = Native.load("libtcdb_async.so.0", Tcdb.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));

    static int exitCodeOf(int code) {
        switch (code) {
            case 1: case 5: return USAGE; // INVALID_ARGUMENT, CREDENTIALS
            case 4: case 23: return TIME_OVER; // WAIT_TIMEOUT, REQUEST_TIMEOUT
            default: return code >= 41 ? REFUSED : NETWORK; // from AUTH on the API itself refuses
        }
    }

    /** Throws what the library says, and frees its error. */
    static void check(int code, PointerByReference error) throws Failure {
        if (code == 0) return;
        String text = TCDB.tcdb_code_name(code) + ": " + TCDB.tcdb_error_message(error.getValue());
        TCDB.tcdb_error_free(error.getValue());
        throw new Failure(exitCodeOf(code), text);
    }

    static Pointer newClient() throws Failure {
        PointerByReference credentials = new PointerByReference(), client = new PointerByReference(), error = new PointerByReference();
        Pointer options = TCDB.tcdb_options_new();
        try {
            TCDB.tcdb_options_set_endpoint(options, System.getenv("TCDB_ENDPOINT"));
            TCDB.tcdb_options_set_ca_file(options, System.getenv("TCDB_CA_FILE"));
            check(TCDB.tcdb_credentials_env(credentials, error), error);
            check(TCDB.tcdb_client_new(credentials.getValue(), System.getenv("TENCENTCLOUD_REGION"), options, client, error), error);
            return client.getValue();
        } finally {
            // The client keeps what it needs of both; NULL may be freed.
            TCDB.tcdb_credentials_free(credentials.getValue());
            TCDB.tcdb_options_free(options);
        }
    }

    static int show(Pointer result) {
        Pointer info = TCDB.tcdb_result_info(result);
        int length = TCDB.tcdb_result_info_len(result).intValue();
        String status = TCDB.tcdb_result_status_text(result), requestId = TCDB.tcdb_result_request_id(result);
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.print("status: " + (status.isEmpty() ? "(none)" : status) + "\n");
        out.print("info: " + (info == null ? "(none)" : new String(info.getByteArray(0, length), StandardCharsets.UTF_8)) + "\n");
        out.print("request_id: " + (requestId == null ? "(none)" : requestId) + "\n");
        out.flush();

        int number = TCDB.tcdb_result_status(result);
        if (TCDB.tcdb_status_is_success(number) == 1) return SUCCEEDED;
        return TCDB.tcdb_status_is_terminal(number) == 1 ? ENDED_BADLY : NOT_ENDED;
    }

    static int run(String[] arguments) throws Failure {
        int abi = TCDB.tcdb_abi_version();
        if (abi >>> 16 != 0 || (abi & 0xffff) < 1)
            throw new Failure(USAGE, "libtcdb_async has ABI " + (abi >>> 16) + "." + (abi & 0xffff) + ", this program needs 0.1");
        if (arguments.length != 1) throw new Failure(USAGE, "usage: Query ASYNC_REQUEST_ID");

        Pointer client = newClient();
        PointerByReference result = new PointerByReference(), error = new PointerByReference();
        try {
            check(TCDB.tcdb_query(client, arguments[0], result, error), error);
            return show(result.getValue());
        } finally {
            TCDB.tcdb_result_free(result.getValue());
            TCDB.tcdb_client_free(client);
        }
    }

    public static void main(String[] arguments) {
        int exitCode;
        try {
            exitCode = run(arguments);
        } catch (Failure failure) {
            new PrintStream(System.err, true, StandardCharsets.UTF_8).println(failure.getMessage());
            exitCode = failure.exitCode;
        }
        System.exit(exitCode);
    }
}
