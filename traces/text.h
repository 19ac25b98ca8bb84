/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the text reader: text_head.c reads what stands before an event's fields,
 * text_marks.c the lines that are no events, text_refuse.c says why others are none,
 * text_release.c how old their kernel must be,
 * text_forms.c says which fields an event prints, text_fields.c reads them, text_event.c turns them
 * into a km_event, text_cache.c remembers strings, read_text.c feeds lines to them all.
 *
 * Every line handed in is followed by TEXT_PAD readable bytes, so that words may be loaded past its
 * end.
 */
#ifndef TRACES_TEXT_H
#define TRACES_TEXT_H

#include <string.h>

#include "traces/dialect.h"
#include "traces/reader.h"

enum { TEXT_PAD = 64 };

/* ---- head of a line ---- */

enum text_style {
	TEXT_STYLE_ANY,	    /* no event has been seen yet */
	TEXT_STYLE_FTRACE,  /* comm-pid [cpu] flags time: event: also trace-cmd report */
	TEXT_STYLE_LATENCY, /* comm-pid cpuflags time-us mark: event: */
	TEXT_STYLE_PERF,    /* comm pid [cpu] time: system:event: */
};

struct text_head {
	const char *comm;
	size_t comm_len;
	const char *name; /* of the event */
	size_t name_len;  /* 0: the head of a stack trace, which @name begins with */
	const char *body; /* up to the line's end */
	uint64_t ts_ns;
	int32_t pid;
	uint32_t cpu;
	uint8_t ctx;
	bool counts; /* ts_ns is what the clock counts: no time */
	enum text_style style;
};

/* True when [@p, @e) is an event line of @style (TEXT_STYLE_ANY: of whichever style fits). */
bool text_head(const char *p, const char *e, enum text_style style, struct text_head *h);

/* Unsigned decimal at *@p; false where there is none or it does not fit. */
bool text_decimal(const char **p, const char *e, uint64_t *out);

static inline bool text_starts(const char *p, const char *e, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(e - p) >= n && !memcmp(p, what, n);
}

/* ---- lines that are no events (text_marks.c) ---- */

/* Where our own text says what a plain trace cannot (write_text.c). */
#define TEXT_OWN_COMMENT "# kmemlab "

struct text_lost {
	unsigned int cpu;
	uint64_t events; /* 0: unknown how many */
	uint64_t ts_ns;
	bool has_time;
};

/* Does the line say that events were lost before the next one? */
bool text_is_lost(const char *p, const char *e);
/* False where the line only looks so. */
bool text_read_lost(const char *p, const char *e, struct text_lost *out);

/* A line of `perf script` about another record of its file. */
bool text_is_record(const char *p, const char *e);

enum { TEXT_FRAME = 512 };

/**
 * text_frame() - is the line a frame of a call chain? Then @out has its name, *@len bytes of it; 0:
 * a frame of a user program, or one of no use.
 *
 * ftrace: " => function", with " <address>" where sym-addr is on; trace-cmd: "=> function
 * (address)"; perf: "\t address function+0xoff (object)".
 */
bool text_frame(const char *p, const char *e, enum text_style style, char out[TEXT_FRAME],
		size_t *len);

/* Learn from a comment: CPUs, what was overwritten, what write_text.c adds. 0 or -KM_ENOMEM. */
int text_comment(const struct reader_env *env, const char *p, const char *e);

/* ---- what cannot be read (text_refuse.c) ---- */

/* A line of ftrace's raw or hex option. */
bool text_is_raw(const char *p, const char *e);

/* Why this line is no event, and what to do; NULL where nothing is known of it. */
const char *text_why_no_event(const char *p, const char *e);

/* Is the body of an event one of the fields option? */
bool text_is_fields_option(const char *body, const char *e);

/* The name, up to the line's end, of a tracer that writes other lines than events; or NULL. */
const char *text_foreign_tracer(const char *p, const char *e);

/* ---- of which kernel a line may be (text_release.c) ---- */

struct text_age {
	const char *before; /* a release that never printed the line: "4.4" */
	const char *last;   /* the one before */
};

/* What an event proves of its kernel's age; NULL: nothing. */
const struct text_age *text_age(const struct text_head *h, const char *e);

/* Is a kernel of that age older than @release ("6.1.192")? */
bool text_age_is_older(const struct text_age *a, const char *release);

/* Is one number left for each migratetype? */
bool text_age_tells_types(const struct text_age *a);

/* ---- strings and gfp lists seen before ---- */

struct text_cache;

int text_cache_open(struct text_cache **out, struct strtab *strings) KM_MUST_CHECK;
void text_cache_close(struct text_cache *c);

/* The id of a string, as strtab_intern(). */
int64_t text_intern(struct text_cache *c, const char *p, size_t len);

/* The bits of a list of gfp names; those without a meaning are counted with @env. */
uint32_t text_gfp(struct text_cache *c, const struct dialect *d, const struct reader_env *env,
		  const char *p, size_t len);

struct text_form;

/* As text_form(). */
const struct text_form *text_cached_form(struct text_cache *c, const char *name, size_t len);

static inline uint64_t text_load(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The first @len bytes (at most 8) of a loaded word. */
static inline uint64_t text_first(uint64_t word, size_t len)
{
	return len >= 8 ? word : word & ((UINT64_C(1) << (8 * len)) - 1);
}

/* ---- fields ---- */

enum text_field {
	TF_SITE,
	TF_PTR,
	TF_BYTES_REQ,
	TF_BYTES_ALLOC,
	TF_GFP,
	TF_NODE,
	TF_ACCOUNTED,
	TF_NAME,
	TF_PAGE,
	TF_PFN,
	TF_ORDER,
	TF_MT,
	TF_REFILL,
	TF_ALLOC_ORDER,
	TF_FALLBACK_ORDER,
	TF_ALLOC_MT,
	TF_FALLBACK_MT,
	TF_OWNERSHIP,
	TF_COUNT,
	TF_ALIGN,
	TF_ERRNO,
	TF_START,
	TF_END,
	TF_THIRD,
	TF_FOURTH,
	TF_A,
	TF_B,
	TF_N0,
	TF_N1,
	TF_N2,
	TF_N3,
	TF_NR,
};

enum text_type {
	TT_NUMBER,  /* decimal, or hex after 0x; may be negative */
	TT_POINTER, /* hex with or without 0x, "(null)" */
	TT_STRING,  /* up to the next " key=" or the line's end */
	TT_GFP,
	TT_BOOL, /* true or success: 1 */
};

struct text_key {
	char text[24]; /* with the character that ends it: "pfn=" */
	uint8_t len, field, type;
};

struct text_values {
	uint64_t v[TF_NR];
	uint64_t seen; /* bit per enum text_field */
	bool opaque;   /* a pointer the kernel would not show */
};

struct text_ctx {
	const struct reader_env *env;
	const struct dialect *dialect;
	struct text_cache *cache;
};

struct text_form {
	const char *name; /* the tracepoint's */
	uint8_t kind;	  /* enum km_event_kind */
	uint8_t nr_keys;
	const struct text_key *keys;
	uint64_t required; /* fields without which the line is no event */
	/* 0, or -KM_EFORMAT with *@why set. */
	int (*fill)(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		    const char **why);
	/* Instead of keys and fill: the whole body. */
	int (*body)(const struct text_ctx *c, const char *p, const char *e, struct km_event *ev,
		    const char **why);
};

#define TEXT_BIT(field) (UINT64_C(1) << (field))

/* The form of an event's name; NULL for one nobody models. */
const struct text_form *text_form(const char *name, size_t len);

/**
 * text_fields() - read the key=value pairs of a body.
 * Return: 0; -KM_EFORMAT with *@why set (a value that is none, a required key that is missing);
 * -KM_ENOMEM.
 */
int text_fields(const struct text_ctx *c, const struct text_form *f, const char *p, const char *e,
		struct text_values *v, const char **why);

/**
 * text_event() - the km_event of a line with head @h that ends at @e.
 * Return: 0; -KM_EFORMAT with *@why set; -KM_ENOMEM.
 */
int text_event(const struct text_ctx *c, const struct text_head *h, const char *e,
	       struct km_event *ev, const char **why);

/* ---- how values become events: the fill and body functions of the forms ---- */

int text_fill_page(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		   const char **why);
int text_fill_extfrag(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		      const char **why);
int text_fill_object(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		     const char **why);
int text_fill_cma(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		  const char **why);
int text_fill_range(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		    const char **why);
int text_fill_numbers(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		      const char **why);
int text_fill_filemap(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		      const char **why);
int text_fill_name(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		   const char **why);
int text_body_marker(const struct text_ctx *c, const char *p, const char *e, struct km_event *ev,
		     const char **why);
int text_body_print(const struct text_ctx *c, const char *p, const char *e, struct km_event *ev,
		    const char **why);
int text_body_fork(const struct text_ctx *c, const char *p, const char *e, struct km_event *ev,
		   const char **why);
int text_body_exit(const struct text_ctx *c, const char *p, const char *e, struct km_event *ev,
		   const char **why);

#endif
