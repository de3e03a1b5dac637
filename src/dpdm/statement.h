/* statement.h - the privacy statement of a release: what is promised, to whom, under what assumptions.
 *
 * It holds public constants and proven bounds only. JSON, one object; docs/privacy/statement.md lists its keys. From the
 * numbers in it everything that it says can be computed again: dpdm_statement_verify does, and believes nothing of what
 * it reads. A statement is not signed: verifying shows that it agrees with itself, not who wrote it. Thread-safe. */
#ifndef DPDM_STATEMENT_H
#define DPDM_STATEMENT_H

#include "dpdm/gaussian.h"
#include "dpdm/owner.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Public weights that a training started from, as their file says (docs/privacy/starts.md). That they are public, so made
 * without the private data, is the user's word; the digest says which weights are meant. */
typedef struct {
    int given;         /* 0: the weights started at random */
    char digest[65];   /* BLAKE2b, 32 bytes, of the file, in hexadecimal */
    char origin[16];   /* "procedural" or "public" */
    char images[256];  /* what was seen: kinds with their seed, or the name of a set */
    char licence[128]; /* of a public set, as stated by who made the start; may be empty */
} dpdm_start;

typedef struct {
    const dpdm_event *events; /* everything that was computed from the private data, composed; as for one record */
    const char *const *names; /* [count], what each event is, for people; NULL: not said */
    size_t count;
    double delta;
    dpdm_accountant accountant; /* whose bound is the claim; the other one stands beside it */
    dpdm_grid grid;
    double batch;                         /* the public divisor */
    uint64_t coordinates;                 /* of a record's vector: the parameters that are trained; 0: not said */
    int height, width, channels, classes; /* public facts of the data */
    const char *class_names;              /* as stated, with commas between; NULL or "": none were */
    uint64_t records;                     /* N where it was stated as a public fact; 0: it was not */
    dpdm_owner_rule owner;                /* the unit; every bound is for it */
    int seeded;                           /* the key came from a seed: no claim is made */
    const char *config;                   /* the public config, a JSON object; NULL: none */
    const dpdm_start *start;              /* what the weights started from; NULL: at random */
} dpdm_statement;

/* Writes the statement as JSON; *json is malloc'ed. DPDM_ERANGE where the claimed bound cannot be proven. */
DPDM_API dpdm_status dpdm_statement_write(const dpdm_statement *statement, char **json, dpdm_error *err);

/* The statement for people, in lines of at most 79 columns; *text is malloc'ed. json[0..size) may be anything: what is
 * missing is said to be missing, and no control character comes through. name stands for the file in messages.
 * DPDM_EFORMAT: not a statement. Nothing is verified here. */
DPDM_API dpdm_status dpdm_statement_text(const char *json, size_t size, const char *name, char **text, dpdm_error *err);

/* Computes everything in a statement again from its events, constants and config: the bounds of both accountants at every
 * delta of the curve, the claim, all texts. DPDM_EFORMAT names the first figure that does not hold. Bounds may be looser
 * than those computed here by 1 %, and smaller by 1e-6 of themselves, for other roundings on other machines.
 * *claims (unless NULL): whether a claim is made; 0 for a seeded run. */
DPDM_API dpdm_status dpdm_statement_verify(const char *json, size_t size, const char *name, int *claims,
                                           dpdm_error *err);

/* The statement at path: a release (.safetensors), a statement.json, or a run folder or its release folder, where the two
 * must say the same. A statement inside a model must hold the config beside it. *json is malloc'ed.
 * DPDM_ENOENT: nothing there. DPDM_EFORMAT: without a statement, damaged, or contradicting. */
DPDM_API dpdm_status dpdm_statement_read(const char *path, char **json, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
