/*
 * event_kinds - KIND(NAME, "name", "meaning"): the kinds of normalised events. Names are the
 * contract (JSON, SQL, Event Log); the set is open. Stores keep the numbers: new kinds go to the
 * end. No include guard: included where KIND is defined.
 */
KIND(LOGON_FAILURE, "logon_failure", "4625: a logon was refused")
KIND(LOGON_SUCCESS, "logon_success", "4624: a logon succeeded")
KIND(LOGON_EXPLICIT, "logon_explicit", "4648: explicit credentials were used")
KIND(LOGON_PRIVILEGED, "logon_privileged", "4672: a logon with administrator privileges")
KIND(LOGOFF, "logoff", "4634: a logon session ended")
KIND(CREDENTIAL_CHECK, "credential_check",
     "4771, 4776, 4768: a domain controller or the SAM checked a password")
KIND(ACCOUNT_LOCKOUT, "account_lockout", "4740: an account was locked out")
KIND(ACCOUNT_CHANGE, "account_change", "4720, 4732: an account was made or given rights")
KIND(RDP_CONNECT, "rdp_connect",
     "131, 261: a client connected to Remote Desktop, before any authentication")
KIND(RDP_AUTH_FAILURE, "rdp_auth_failure", "139, 140: Remote Desktop refused a client")
KIND(RDP_AUTH, "rdp_auth", "1149: Remote Desktop accepted a client's credentials (with NLA)")
KIND(RDP_SESSION, "rdp_session", "21–25, 39, 40, 4778, 4779: a terminal session changed")
KIND(SMB_AUTH_FAILURE, "smb_auth_failure", "551, 1009: the SMB server refused a client")
KIND(NTLM_AUTH, "ntlm_auth", "4022, 4023: the NTLM server side named a client")
KIND(SHARE_ACCESS, "share_access",
     "5140: a share was opened; SMBServer 550, 552: a session with the SMB server began")
KIND(SERVICE_INSTALL, "service_install", "7045, 4697: a service was installed")
KIND(PROCESS_START, "process_start",
     "4688, Kernel-Process 1, NT kernel Process 1: a process started")
KIND(LOG_CLEARED, "log_cleared", "1102, 104: an event log was cleared")
KIND(AUDIT_CHANGE, "audit_change", "4719: the audit policy changed")
KIND(DEFENDER_EVENT, "defender_event", "1116, 1117, 5001, 5007, 5013: Microsoft Defender")
KIND(LOGON_ATTEMPT, "logon_attempt", "made by Kanari from the witnesses of one attempt to log on")
KIND(ANOMALY, "anomaly", "a record that could not be decoded, and why")
KIND(PROCESS_STOP, "process_stop", "Kernel-Process 2, NT kernel Process 2: a process ended")
KIND(PROCESS_RUNDOWN, "process_rundown",
     "Kernel-Process 15, NT kernel Process 3, 4: a process ran when the trace began or ended")
KIND(IMAGE_LOAD, "image_load",
     "Kernel-Process 5, NT kernel Image 10, 3, 4: a program file or library is in a process")
KIND(NET_CONNECT, "net_connect",
     "TCPIP 1033, Kernel-Network 12, 28, NT kernel TcpIp 12, 28: a connection to elsewhere")
KIND(NET_ACCEPT, "net_accept",
     "TCPIP 1017, Kernel-Network 15, 31, NT kernel TcpIp 15, 31, SMBServer 500: a connection from "
     "elsewhere")
KIND(NET_CLOSE, "net_close",
     "TCPIP 1038-1040, 1043, 1044, Kernel-Network 13, 29, NT kernel TcpIp 13, 29: one ended")
KIND(NET_RUNDOWN, "net_rundown", "TCPIP 1300: a connection was open when the trace began")
KIND(NET_DATA, "net_data",
     "Kernel-Network 10, 11, 42, 43 ...: data of a connection, told once in ten minutes")
KIND(DNS_QUERY, "dns_query", "DNS-Client 3006, 3008, 3020: a name was looked up, or answered")
KIND(TASK_CHANGE, "task_change",
     "106, 140, 141: a scheduled task was registered, changed or deleted")
KIND(WMI_CONSUMER, "wmi_consumer", "5861: a WMI filter was bound to a permanent consumer")
KIND(SCRIPT_BLOCK, "script_block", "4104: PowerShell compiled a script block; its parts are joined")
KIND(DEVICE_ARRIVAL, "device_arrival",
     "Kernel-PnP 400, 410, 420, WWAN 2003, 2004: a device came, started or went")
KIND(ADAPTER_CHANGE, "adapter_change",
     "Kanari's own look: a network adapter came, went or changed; NetworkProfile 10000, 10001: a "
     "network came or went")
