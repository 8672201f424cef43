/* SPDX-License-Identifier: ISC */
/*
 * mailchute.conf(5): read, checked as a whole, and handed out as one constant structure. Every
 * fault of a file is reported, each with file and line, before it is refused.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "conf/provider.h"

#define CONF_PATH_MAX 4096

enum conf_tls {
	CONF_TLS_STARTTLS, /* RFC 3207, required */
	CONF_TLS_IMPLICIT, /* RFC 8314 section 3 */
	CONF_TLS_NONE,	   /* to other hosts than this one only without a login */
};

/* The options that a file may set; conf_origin() tells where the value of each came from. */
enum conf_key {
	CONF_KEY_PROVIDER,
	CONF_KEY_REGION,
	CONF_KEY_HOST,
	CONF_KEY_PORT,
	CONF_KEY_TLS,
	CONF_KEY_CA_FILE,
	CONF_KEY_TLS_MIN,
	CONF_KEY_TLS_FINGERPRINT,
	CONF_KEY_TLS_CLIENT_CERT,
	CONF_KEY_TLS_CLIENT_KEY,
	CONF_KEY_USER,
	CONF_KEY_PASSWORD_FILE,
	CONF_KEY_PASSWORD_COMMAND,
	CONF_KEY_TOKEN_COMMAND,
	CONF_KEY_OAUTH,
	CONF_KEY_OAUTH_CLIENT_ID,
	CONF_KEY_OAUTH_TENANT,
	CONF_KEY_OAUTH_SCOPE,
	CONF_KEY_OAUTH_AUTH_URL,
	CONF_KEY_OAUTH_TOKEN_URL,
	CONF_KEY_OAUTH_DEVICE_URL,
	CONF_KEY_OAUTH_LAST = CONF_KEY_OAUTH_DEVICE_URL,
	CONF_KEY_AUTH,
	CONF_KEY_FROM,
	CONF_KEY_ROOT,
	CONF_KEY_ALIASES,
	CONF_KEY_HOSTNAME,
	CONF_KEY_MAX_CONNECTIONS,
	CONF_KEY_MAX_MESSAGES,
	CONF_KEY_MAX_RECIPIENTS,
	CONF_KEY_MAX_IDLE,
	CONF_KEY_RATE,
	CONF_KEY_WINDOW,
	CONF_KEY_USER_MESSAGES,
	CONF_KEY_USER_MEGABYTES,
	CONF_KEY_RETRY_MIN,
	CONF_KEY_RETRY_MAX,
	CONF_KEY_EXPIRE,
	CONF_KEY_DELAY_NOTICE,
	CONF_KEY_NULL_SENDER,
	CONF_KEY_IDLE_EXIT,
	CONF_KEY_ALERT_COMMAND,
	CONF_KEY_ALERT_AFTER,
	CONF_KEY_ALLOWED_SENDERS,
	CONF_KEY_REWRITE,
	CONF_KEY_ADD_HEADER,
	CONF_KEY_USER_SENDERS,
	CONF_KEY_SENDERS,
	CONF_KEY_USERS,
	CONF_KEY_RECIPIENTS,
	CONF_KEY_FALLBACK,
	CONF_KEY_FALLBACK_AFTER,
	CONF_KEY_COUNT
};

#define CONF_DEFAULT_ACCOUNT "default"
#define CONF_ACCOUNT_MAX     32 /* octets of a name */
#define CONF_ACCOUNTS_MAX    64 /* with the default one */

/*
 * One account with all that is to know for it. Strings are never NULL: what is not set is "". What
 * conf_load() returns is the default account; it owns the others, each complete by itself.
 */
struct conf {
	char *path;			 /* the file that was read */
	char name[CONF_ACCOUNT_MAX + 1]; /* CONF_DEFAULT_ACCOUNT, or its section's */
	int line;			 /* of its section; 0: the default account */
	struct conf **accounts; /* the further accounts, in the order of the file */
	size_t account_count;	/* how many of those; 0 in all but the default one */
	const struct provider *provider; /* NULL without a preset */
	char *region;
	char *host;
	uint16_t port;
	enum conf_tls tls;
	char *ca_file; /* PEM; "" is the system's trust store */
	char *tls_min; /* "1.2" or "1.3" */
	char *tls_fingerprint; /* SHA-256, in place of authorities; with commas between; "": none */
	char *tls_client_cert; /* PEM; "": none */
	char *tls_client_key;  /* "": the credential or the default file */
	char *user;	       /* "": no authentication */
	char *password_file; /* "": the credential or the default file, see conf_password() */
	char *password_command; /* for the shell, in place of a file; "": none */
	char *token_command;	/* the same for an access token */
	char *oauth; /* whose access tokens mailchute-token gets, see conf/oauth.h; "": none */
	char *oauth_client_id;
	char *oauth_tenant;
	char *oauth_scope;
	char *oauth_auth_url;
	char *oauth_token_url;
	char *oauth_device_url;
	char *auth; /* name of a SASL mechanism; "": the best that there is */
	char *from; /* "": senders are kept */
	char *root; /* addresses with commas between, for mail to local users; "": none */
	char *aliases;	/* the aliases file, see mail/aliases.h */
	char *hostname; /* fully qualified, for EHLO, Received and unqualified addresses */
	unsigned max_connections;
	unsigned max_messages;	 /* a connection */
	unsigned max_recipients; /* a transaction */
	unsigned max_idle_s;	 /* a connection without work is kept for so long */
	char *rate; /* how much may be sent in which time, see conf/rate.h; "": as it goes */
	unsigned window;	 /* messages that a connection may have under way */
	unsigned user_messages;	 /* of one user in the queue; 0: no limit */
	unsigned user_megabytes; /* the same in units of 2^20 octets */
	unsigned retry_min_s;
	unsigned retry_max_s;
	unsigned expire_s;	 /* mail that was tried for so long is returned */
	unsigned delay_notice_s; /* its sender is told after so long; 0: never */
	bool null_sender;	 /* the provider takes MAIL FROM:<> */
	unsigned
		idle_exit_s; /* mailchuted leaves after so long with an empty queue; 0: never */
	char *alert_command;	/* for the shell, when there is trouble; "": none */
	unsigned alert_after_s; /* an outage is trouble after so long */
	char *allowed_senders;	/* that stay in spite of from; addresses, @domains */
	char *rewrite;		/* rules "address -> address", see conf/sender.h */
	char *add_header;   /* "Name: value", for messages without that field; "": none */
	char *user_senders; /* rules "user: addresses, @domains" */
	char *senders;	    /* of messages for this account; addresses, @domains */
	char *users;	    /* their submitters: names, numbers */
	char *recipients;   /* as senders */
	char *fallback;	    /* the account for its mail when it is in trouble; "": none */
	unsigned fallback_after_s; /* for so long */
	int lines
		[CONF_KEY_COUNT]; /* line that set it; 0: built in; -1: from the preset */
};

/*
 * Reads and checks the file at PATH. 0 and *RET, which the caller frees with conf_free(); or
 * -errno with every fault appended to *ERRORS, a line each, as "FILE:LINE: what; what to do".
 */
int conf_load(const char *path, struct conf **ret, struct buf *errors);

/* The same for the N bytes at TEXT, which are to be the file at PATH. */
int conf_parse(const char *path, const char *text, size_t n, struct conf **ret,
	struct buf *errors);

void conf_free(struct conf *conf);

/* The accounts by number: 0 is CONF itself, the default one; or by name: NULL if there is none. */
const struct conf *conf_account(const struct conf *conf, size_t number);
const struct conf *conf_find_account(const struct conf *conf, const char *name);

/*
 * The reverse-path for a message that has none, such as a bounce: "", or an address of the account
 * where the provider takes no null sender.
 */
const char *conf_null_sender(const struct conf *conf);

/* True if the option is one of each account, false if it is the same for all of them. */
bool conf_key_of_account(enum conf_key key);

/* What is spoken on a port that has a custom. False, and *RET untouched, if it has none. */
bool conf_port_tls(uint16_t port, enum conf_tls *ret);

/* The name of an option as it stands in the file, such as "ca-file". */
const char *conf_key_name(enum conf_key key);

/* The effective value as it would be written in the file, without quotes, appended to *OUT. */
void conf_key_value(const struct conf *conf, enum conf_key key, struct buf *out);

/* Where the value came from: "mailchute.conf:3", "preset ses", "built in". Appended to *OUT. */
void conf_origin(const struct conf *conf, enum conf_key key, struct buf *out);

/*
 * Reads the account's password: from "password-file" when that is set; else from the systemd
 * credential $CREDENTIALS_DIRECTORY/secret_password, or encrypted_password where systemd decrypts it; else
 * from CONFDIR/secrets/password, or decrypted from CONFDIR/secrets.encrypted/password. The last are for
 * the default account; for others "-NAME" is added to the names. One final newline is not part of it. An
 * empty password, one with a NUL or a line break in it, or one over 4096 bytes is refused. 0 and *PASSWORD, which the caller wipes (explicit_bzero) and frees; or
 * -errno and a sentence in ERROR that names the place and says what to do.
 */
int conf_password(
	const struct conf *conf, char **ret_password, char *error, size_t error_size);

#define CONF_SECRET_NAME_MAX (CONF_ACCOUNT_MAX + 24)

/* The name of the file or credential that the account's secret WHAT is in: "password-office". */
void conf_secret_name(
	const struct conf *conf, const char *what, char to[CONF_SECRET_NAME_MAX]);

/* The same for the secret WHAT in one line, such as "refresh-token"; -ENOENT if there is none. */
int conf_secret(const struct conf *conf, const char *what, char **ret_secret, char *error,
	size_t error_size);

/* The same for a text of several lines, such as "service-account". */
int conf_secret_text(const struct conf *conf, const char *what, char **ret_text,
	char *error, size_t error_size);

/* The path of the account's secret WHAT, such as "password", among the credentials that systemd gave us. False
 * if it is not there. */
bool conf_credential(
	const struct conf *conf, const char *what, char ret_path[CONF_PATH_MAX]);

/* True if the account logs in with an access token. */
bool conf_has_token(const struct conf *conf);

/* The same for the key of the client's certificate, which is PEM text: "tls-client-key", else
 * secret_client-key, else CONFDIR/secrets/client-key. */
int conf_client_key(
	const struct conf *conf, char **ret_key, char *error, size_t error_size);

#endif
