/* SPDX-License-Identifier: ISC */
#include "control/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/io.h"

#define DAY_S	   ((time_t)86400)
#define VALID_DAYS 365
#define PEM_MAX	   65536

/* A certificate with its key. */
struct identity {
	gnutls_x509_crt_t certificate;
	gnutls_x509_privkey_t key;
};

static void identity_clear(struct identity *identity)
{
	if (identity->certificate)
		gnutls_x509_crt_deinit(identity->certificate);
	if (identity->key)
		gnutls_x509_privkey_deinit(identity->key);
}

static void certificate_free_p(gnutls_x509_crt_t *certificate)
{
	if (*certificate)
		gnutls_x509_crt_deinit(*certificate);
}

/* Functions of GnuTLS are called in a row: the first failure (*R < 0) is the one that counts. */
#define STEP(r, call)                                                                    \
	do {                                                                             \
		if ((r) >= 0)                                                            \
			(r) = (call);                                                    \
	} while (0)

static int set_serial(gnutls_x509_crt_t certificate)
{
	unsigned char serial[16];
	int r = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

	serial[0] = (serial[0] & 0x7f) | 0x01; /* positive, and not shorter (RFC 5280) */
	STEP(r, gnutls_x509_crt_set_serial(certificate, serial, sizeof(serial)));
	return r;
}

/* What the certificates of the authority and of the server have in common. */
static int identity_make(
	struct identity *identity, const char *common_name, bool authority)
{
	time_t now = time(NULL);
	int r = gnutls_x509_privkey_init(&identity->key);

	STEP(r, gnutls_x509_privkey_generate(identity->key, GNUTLS_PK_ECDSA,
			GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	STEP(r, gnutls_x509_crt_init(&identity->certificate));
	STEP(r, gnutls_x509_crt_set_version(identity->certificate, 3));
	STEP(r, gnutls_x509_crt_set_key(identity->certificate, identity->key));
	STEP(r, set_serial(identity->certificate));
	STEP(r, gnutls_x509_crt_set_activation_time(identity->certificate, now - 3600));
	STEP(r, gnutls_x509_crt_set_expiration_time(
			identity->certificate, now + VALID_DAYS * DAY_S));
	STEP(r, gnutls_x509_crt_set_dn_by_oid(identity->certificate,
			GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
			(unsigned)strlen(common_name)));
	STEP(r, gnutls_x509_crt_set_basic_constraints(
			identity->certificate, authority, -1));
	return r;
}

static int set_key_id(gnutls_x509_crt_t certificate, gnutls_x509_crt_t authority)
{
	unsigned char id[64];
	size_t size = sizeof(id);
	int r = gnutls_x509_crt_get_key_id(certificate, 0, id, &size);

	STEP(r, gnutls_x509_crt_set_subject_key_id(certificate, id, size));
	size = sizeof(id);
	STEP(r, gnutls_x509_crt_get_key_id(authority, 0, id, &size));
	STEP(r, gnutls_x509_crt_set_authority_key_id(certificate, id, size));
	return r;
}

static int make_authority(struct identity *ca)
{
	int r = identity_make(ca, "mailchute sandbox", true);

	STEP(r, gnutls_x509_crt_set_key_usage(
			ca->certificate, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN));
	STEP(r, set_key_id(ca->certificate, ca->certificate));
	STEP(r, gnutls_x509_crt_sign2(
			ca->certificate, ca->certificate, ca->key, GNUTLS_DIG_SHA256, 0));
	return r;
}

/* Adds a name or an address that the certificate is for. */
static int add_name(gnutls_x509_crt_t certificate, const char *name)
{
	unsigned char address[16];

	if (inet_pton(AF_INET, name, address) == 1)
		return gnutls_x509_crt_set_subject_alt_name(certificate,
			GNUTLS_SAN_IPADDRESS, address, 4, GNUTLS_FSAN_APPEND);
	if (inet_pton(AF_INET6, name, address) == 1)
		return gnutls_x509_crt_set_subject_alt_name(certificate,
			GNUTLS_SAN_IPADDRESS, address, 16, GNUTLS_FSAN_APPEND);
	return gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, name,
		(unsigned)strlen(name), GNUTLS_FSAN_APPEND);
}

static int make_server(
	struct identity *server, const struct identity *ca, const char *host)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "::1" };
	int r = identity_make(server, host, false);

	STEP(r, add_name(server->certificate, host));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], host) != 0)
			STEP(r, add_name(server->certificate, names[i]));
	}
	STEP(r, gnutls_x509_crt_set_key_usage(
			server->certificate, GNUTLS_KEY_DIGITAL_SIGNATURE));
	STEP(r, gnutls_x509_crt_set_key_purpose_oid(
			server->certificate, GNUTLS_KP_TLS_WWW_SERVER, 0));
	STEP(r, set_key_id(server->certificate, ca->certificate));
	STEP(r, gnutls_x509_crt_sign2(server->certificate, ca->certificate, ca->key,
			GNUTLS_DIG_SHA256, 0));
	return r;
}

static int write_certificate(int dir_fd, const char *name, gnutls_x509_crt_t certificate)
{
	gnutls_datum_t pem = { 0 };
	int r = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem);

	if (r < 0)
		return -EIO;
	r = io_replace_file(dir_fd, name, pem.data, pem.size);
	gnutls_free(pem.data);
	if (r == 0 && fchmodat(dir_fd, name, 0644, 0) < 0)
		r = -errno;
	return r;
}

static int write_key(int dir_fd, const char *name, gnutls_x509_privkey_t key)
{
	gnutls_datum_t pem = { 0 };
	int r = gnutls_x509_privkey_export2_pkcs8(
		key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem);

	if (r < 0)
		return -EIO;
	r = io_replace_file(dir_fd, name, pem.data, pem.size);
	explicit_bzero(pem.data, pem.size);
	gnutls_free(pem.data);
	return r;
}

/* The key first: until the certificates follow, what lies there does not fit and is made anew. */
static int write_all(int dir_fd, const struct identity *ca, const struct identity *server)
{
	int r = write_key(dir_fd, "server.key", server->key);

	if (r == 0)
		r = write_certificate(dir_fd, "server.pem", server->certificate);
	return r < 0 ? r : write_certificate(dir_fd, "ca.pem", ca->certificate);
}

static int make_all(int dir_fd, const char *host, char *error, size_t error_size)
{
	CLEANUP(identity_clear) struct identity ca = { 0 }, server = { 0 };
	int r = make_authority(&ca);

	STEP(r, make_server(&server, &ca, host));
	if (r < 0) {
		snprintf(error, error_size, "cannot make a certificate for %s: %s", host,
			gnutls_strerror(r));
		return -EIO;
	}
	r = write_all(dir_fd, &ca, &server);
	if (r < 0)
		snprintf(error, error_size,
			"cannot write ca.pem, server.pem and server.key: %s",
			strerror(-r));
	return r;
}

static gnutls_x509_crt_t read_certificate(int dir_fd, const char *name)
{
	CLEANUP(buf_free) struct buf pem = { 0 };
	gnutls_x509_crt_t certificate;

	if (io_read_file(dir_fd, name, PEM_MAX, &pem) < 0 ||
		gnutls_x509_crt_init(&certificate) < 0)
		return NULL;
	if (gnutls_x509_crt_import(certificate,
		    &(gnutls_datum_t){ (unsigned char *)pem.data, (unsigned)pem.len },
		    GNUTLS_X509_FMT_PEM) == 0)
		return certificate;
	gnutls_x509_crt_deinit(certificate);
	return NULL;
}

static bool key_fits(int dir_fd, gnutls_x509_crt_t certificate)
{
	CLEANUP(buf_wipe) struct buf pem = { 0 };
	CLEANUP(identity_clear) struct identity own = { 0 };
	unsigned char of_key[64], of_certificate[64];
	size_t key_size = sizeof(of_key), certificate_size = sizeof(of_certificate);
	int r = io_read_file(dir_fd, "server.key", PEM_MAX, &pem);

	STEP(r, gnutls_x509_privkey_init(&own.key));
	STEP(r, gnutls_x509_privkey_import(own.key,
			&(gnutls_datum_t){ (unsigned char *)pem.data, (unsigned)pem.len },
			GNUTLS_X509_FMT_PEM));
	STEP(r, gnutls_x509_privkey_get_key_id(own.key, 0, of_key, &key_size));
	STEP(r, gnutls_x509_crt_get_key_id(
			certificate, 0, of_certificate, &certificate_size));
	return r >= 0 && key_size == certificate_size &&
	       memcmp(of_key, of_certificate, key_size) == 0;
}

/* True if what lies in the directory will do for another day. */
static bool is_good(int dir_fd, const char *host)
{
	CLEANUP(certificate_free_p)
	gnutls_x509_crt_t ca = read_certificate(dir_fd, "ca.pem"),
			  server = read_certificate(dir_fd, "server.pem");
	unsigned status = 0;

	return ca && server && gnutls_x509_crt_check_hostname(server, host) &&
	       gnutls_x509_crt_verify(server, &ca, 1, 0, &status) == 0 && status == 0 &&
	       gnutls_x509_crt_get_expiration_time(server) > time(NULL) + DAY_S &&
	       gnutls_x509_crt_get_expiration_time(ca) > time(NULL) + DAY_S &&
	       key_fits(dir_fd, server);
}

int sandbox_ca_prepare(int dir_fd, const char *host, char *error, size_t error_size)
{
	return is_good(dir_fd, host) ? 0 : make_all(dir_fd, host, error, error_size);
}
