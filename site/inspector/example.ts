import type { Fields } from './read-answer.js';

/** The certificate of the test vectors, with a name in the wrong order and a thumbprint in the wrong encoding. */
export const example: Omit<Fields, 'exactCase'> = {
  certificate: `-----BEGIN CERTIFICATE-----
MIICbTCCAhKgAwIBAgIQQEtGJLbM8dYfi3G0ws1JrzAKBggqhkjOPQQDAjA2MQsw
CQYDVQQGEwJVUzENMAsGA1UECgwEQWNtZTEYMBYGA1UEAwwPVGVzdCBJc3N1aW5n
IENBMB4XDTI2MDEwMTAwMDAwMFoXDTI4MDEwMTAwMDAwMFowXDELMAkGA1UEBhMC
VVMxEzARBgNVBAoMCkFjbWUsIEluYy4xGTAXBgNVBGEMEFBTREdCLUZDQS0xMjM0
NTYxDDAKBgNVBAUTAzEyMzEPMA0GA1UEAwwGY2xpZW50MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEvcbM2w+VT3srxjhyUe+FDcATV5jwYa6HELzWObi6QS/P1Jjz
JSkeKxZrAW+91zEVZn82TFlIovVe+DYtWILDJaOB2zCB2DAdBgNVHQ4EFgQUMxZ7
KGJkEZohFnx7DUA6TPB/bzswHwYDVR0jBBgwFoAUsDWfneQ+2ShOMKssWRC/gjBB
FhMwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYB
BQUHAwIwYwYDVR0RBFwwWoISY2xpZW50LmV4YW1wbGUuY29thhtodHRwczovL2Ns
aWVudC5leGFtcGxlLmNvbS+HBMAAAgGHECABDbgAAAAAAAAAAAAAAAGBD29wc0Bl
eGFtcGxlLmNvbTAKBggqhkjOPQQDAgNJADBGAiEAgtY5PdTnMvxaYbK5hfghO8dK
GS/bOpzUGZOD5+RadoECIQC0lPcTFsOKWGanm4eRjjpV/hqymO/Ugyg6RfpjvwTV
1Q==
-----END CERTIFICATE-----
`,
  parameter: 'tls_client_auth_subject_dn',
  value: 'C=US, O=Acme\\, Inc., 2.5.4.97=PSDGB-FCA-123456, serialNumber=123, CN=client',
  token:
    'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUiLCJjbGllbnRfaWQiOiJjbGllbnQiLCJjbmYiOnsieDV0I1MyNTYiOiJFMjozQzo0RTo5NDo0RDo2MTo0ODpDMDo2Rjo3NDozNzoyQTowQjozNzoyQzo1MjpCQTowNDpEQjpFODozMDo2OTo1Nzo4MTo1RDowNTpGMjpDMzpBQjozMzpGNzpDMyJ9fQ.AAAA',
};
