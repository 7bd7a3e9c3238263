// Ask.cs - reports what became of one async request; with SECONDS, waits for its end, at most that long. C# by P/Invoke: .NET
// Framework, .NET and Mono, 32 and 64 bits.
//
// Build: csc Ask.cs
// Run:   Ask REGION ID [SECONDS], with tcdb_async.dll of the program's width next to it
// Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
// TCDB_ASYNC_ENDPOINT (host[:port]) and TCDB_ASYNC_CA_FILE (PEM) override the defaults.
using System;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>A client of the API. Many threads may use one at once.</summary>
public sealed class TcdbClient : IDisposable
{
    // The convention is Windows' own (Winapi), which is DllImport's default; size_t is UIntPtr.
    private const string Library = "tcdb_async";
    [DllImport(Library)] private static extern uint tcdb_abi_version();
    [DllImport(Library)] public static extern ulong tcdb_live_objects();
    [DllImport(Library)] private static extern IntPtr tcdb_code_name(int code);
    [DllImport(Library)] private static extern IntPtr tcdb_options_new();
    [DllImport(Library)] private static extern void tcdb_options_set_endpoint(IntPtr options, byte[] endpoint);
    [DllImport(Library)] private static extern void tcdb_options_set_ca_file(IntPtr options, byte[] path);
    [DllImport(Library)] private static extern void tcdb_options_free(IntPtr options);
    [DllImport(Library)] private static extern int tcdb_credentials_env(out IntPtr credentials, out IntPtr error);
    [DllImport(Library)] private static extern void tcdb_credentials_free(IntPtr credentials);
    [DllImport(Library)] private static extern int tcdb_client_new(IntPtr credentials, byte[] region, IntPtr options, out IntPtr client, out IntPtr error);
    [DllImport(Library)] private static extern void tcdb_client_free(IntPtr client);
    [DllImport(Library)] private static extern int tcdb_query(IntPtr client, byte[] asyncRequestId, out IntPtr result, out IntPtr error);
    [DllImport(Library)] private static extern int tcdb_wait(IntPtr client, byte[] asyncRequestId, ulong timeoutMs, out IntPtr result, out IntPtr error);
    [DllImport(Library)] private static extern IntPtr tcdb_result_status_text(IntPtr result);
    [DllImport(Library)] private static extern IntPtr tcdb_result_info(IntPtr result);
    [DllImport(Library)] private static extern UIntPtr tcdb_result_info_len(IntPtr result);
    [DllImport(Library)] private static extern void tcdb_result_free(IntPtr result);
    [DllImport(Library)] private static extern IntPtr tcdb_error_message(IntPtr error);
    [DllImport(Library)] private static extern void tcdb_error_free(IntPtr error);

    private IntPtr client;

    /// <summary>null is the default.</summary>
    public TcdbClient(string region, string endpoint, string caFile)
    {
        if (tcdb_abi_version() >> 16 != 0) throw new InvalidOperationException("tcdb_async has another ABI than 0");
        IntPtr options = tcdb_options_new(), credentials = IntPtr.Zero, error;
        try
        {
            tcdb_options_set_endpoint(options, Utf8(endpoint));
            tcdb_options_set_ca_file(options, Utf8(caFile));
            Check(tcdb_credentials_env(out credentials, out error), error);
            Check(tcdb_client_new(credentials, Utf8(region), options, out client, out error), error);
        }
        finally
        {
            // The client keeps what it needs of both; NULL may be freed.
            tcdb_credentials_free(credentials);
            tcdb_options_free(options);
        }
    }

    public void Dispose()
    {
        tcdb_client_free(client);
        client = IntPtr.Zero;
    }

    /// <summary>The status and the info of a task that may go on.</summary>
    public string[] Query(string id)
    {
        IntPtr result, error;
        Check(tcdb_query(client, Utf8(id), out result, out error), error);
        return Take(result);
    }

    /// <summary>The same of a task that has ended.</summary>
    public string[] Wait(string id, uint seconds)
    {
        IntPtr result, error;
        Check(tcdb_wait(client, Utf8(id), seconds * 1000UL, out result, out error), error);
        return Take(result);
    }

    /// <summary>Copies what a result says, and frees it. The info may hold a NUL.</summary>
    private static string[] Take(IntPtr result)
    {
        string[] answer = { Text(tcdb_result_status_text(result)), Text(tcdb_result_info(result), (int)tcdb_result_info_len(result)) };
        tcdb_result_free(result);
        return answer;
    }

    /// <summary>Throws what the library says, and frees its error.</summary>
    private static void Check(int code, IntPtr error)
    {
        if (code == 0) return;
        string message = Text(tcdb_code_name(code)) + ": " + Text(tcdb_error_message(error));
        tcdb_error_free(error);
        throw new InvalidOperationException(message);
    }

    private static byte[] Utf8(string text)
    {
        return text == null ? null : Encoding.UTF8.GetBytes(text + "\0");
    }

    private static string Text(IntPtr address)
    {
        int length = 0;
        while (address != IntPtr.Zero && Marshal.ReadByte(address, length) != 0) length++;
        return Text(address, length);
    }

    private static string Text(IntPtr address, int length)
    {
        if (address == IntPtr.Zero) return null;
        byte[] bytes = new byte[length];
        Marshal.Copy(address, bytes, 0, length);
        return Encoding.UTF8.GetString(bytes);
    }
}

public static class Ask
{
    public static int Main(string[] arguments)
    {
        if (arguments.Length < 2) return 2;
        try
        {
            string endpoint = Environment.GetEnvironmentVariable("TCDB_ASYNC_ENDPOINT"), caFile = Environment.GetEnvironmentVariable("TCDB_ASYNC_CA_FILE");
            using (TcdbClient client = new TcdbClient(arguments[0], endpoint, caFile))
            {
                string[] answer = arguments.Length > 2 ? client.Wait(arguments[1], uint.Parse(arguments[2])) : client.Query(arguments[1]);
                Console.WriteLine(answer[0] + ": " + (answer[1] ?? "(none)"));
            }
            return 0;
        }
        catch (InvalidOperationException failure)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }
}
