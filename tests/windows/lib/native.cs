// native - what PowerShell cannot ask Windows by itself: a failed logon, another process's token.
// C# 5, which is what Windows PowerShell 5.1 compiles.
using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Security.Principal;
using System.Text;

namespace KanariAcceptance
{
    public static class Native
    {
        const int QueryLimitedInformation = 0x1000; // PROCESS_QUERY_LIMITED_INFORMATION
        const int TokenDuplicate = 2;
        const int TokenQuery = 8;
        const int TokenPrivileges = 3; // TOKEN_INFORMATION_CLASS
        const int LuidAndAttributesLength = 12;
        const int NameUnits = 256;

        [DllImport("advapi32.dll", SetLastError = true, CharSet = CharSet.Unicode)]
        static extern bool LogonUserW(string user, string domain, string password, int type,
                                      int provider, out IntPtr token);
        [DllImport("kernel32.dll", SetLastError = true)]
        static extern IntPtr OpenProcess(int access, bool inherit, int id);
        [DllImport("advapi32.dll", SetLastError = true)]
        static extern bool OpenProcessToken(IntPtr process, int access, out IntPtr token);
        [DllImport("advapi32.dll", SetLastError = true)]
        static extern bool GetTokenInformation(IntPtr token, int kind, IntPtr data, int length,
                                               out int needed);
        [DllImport("advapi32.dll", SetLastError = true, CharSet = CharSet.Unicode)]
        static extern bool LookupPrivilegeNameW(string system, ref long luid, StringBuilder name,
                                                ref int length);
        [DllImport("kernel32.dll")]
        static extern bool CloseHandle(IntPtr handle);

        // The Win32 code of the failure; 0: the logon succeeded.
        public static int TryLogon(string user, string domain, string password, int type)
        {
            IntPtr token;
            if (!LogonUserW(user, domain, password, type, 0, out token))
            {
                return Marshal.GetLastWin32Error();
            }
            CloseHandle(token);
            return 0;
        }

        static IntPtr OpenToken(int id)
        {
            IntPtr token;
            IntPtr process = OpenProcess(QueryLimitedInformation, false, id);
            if (process == IntPtr.Zero)
            {
                throw new Win32Exception(Marshal.GetLastWin32Error());
            }
            bool opened = OpenProcessToken(process, TokenQuery | TokenDuplicate, out token);
            int code = Marshal.GetLastWin32Error();
            CloseHandle(process);
            if (!opened)
            {
                throw new Win32Exception(code);
            }
            return token;
        }

        static string PrivilegeName(long luid)
        {
            StringBuilder name = new StringBuilder(NameUnits);
            int length = NameUnits;
            if (!LookupPrivilegeNameW(null, ref luid, name, ref length))
            {
                throw new Win32Exception(Marshal.GetLastWin32Error());
            }
            return name.ToString();
        }

        static string[] ReadPrivileges(IntPtr token)
        {
            int needed;
            List<string> names = new List<string>();
            GetTokenInformation(token, TokenPrivileges, IntPtr.Zero, 0, out needed);
            IntPtr data = Marshal.AllocHGlobal(needed);
            try
            {
                if (!GetTokenInformation(token, TokenPrivileges, data, needed, out needed))
                {
                    throw new Win32Exception(Marshal.GetLastWin32Error());
                }
                int count = Marshal.ReadInt32(data);
                for (int i = 0; i < count; i++)
                {
                    names.Add(PrivilegeName(Marshal.ReadInt64(data,
                                                              4 + i * LuidAndAttributesLength)));
                }
            }
            finally
            {
                Marshal.FreeHGlobal(data);
            }
            return names.ToArray();
        }

        // Every privilege in the token of that process, enabled or not.
        public static string[] Privileges(int id)
        {
            IntPtr token = OpenToken(id);
            try
            {
                return ReadPrivileges(token);
            }
            finally
            {
                CloseHandle(token);
            }
        }

        // The SIDs of the user and of the groups in the token of that process.
        public static string[] Sids(int id)
        {
            IntPtr token = OpenToken(id);
            try
            {
                using (WindowsIdentity identity = new WindowsIdentity(token))
                {
                    List<string> sids = new List<string>();
                    sids.Add(identity.User.Value);
                    foreach (IdentityReference group in identity.Groups)
                    {
                        sids.Add(group.Translate(typeof(SecurityIdentifier)).Value);
                    }
                    return sids.ToArray();
                }
            }
            finally
            {
                CloseHandle(token);
            }
        }
    }
}
