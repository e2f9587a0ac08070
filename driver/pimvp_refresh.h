/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a gain-cell macro and its refresh controller say to each other: one port of the controller per macro,
 * the macro initiates. All fields little endian, times in picoseconds since reset. C99.
 *
 * Before an access the macro writes QUERY and reads GRANT: it refreshes the granted rows at their times and
 * starts the access at start_ps. An access that starts before ask_again_ps needs no query. The first time a
 * row is written the macro writes LIVE: only rows that hold data are refreshed. DRAIN asks for the refreshes
 * of an idle array; the answer is read at GRANT. All registers are accessed as a whole.
 */
#ifndef PIMVP_REFRESH_H
#define PIMVP_REFRESH_H

#include <stdint.h>

#define PIMVP_REFRESH_ID 0x0000u            /* ro, 32 bits: "RFSH" */
#define PIMVP_REFRESH_VERSION 0x0004u       /* ro, 32 bits */
#define PIMVP_REFRESH_ROWS 0x0008u          /* ro, 32 bits: wordlines of the macro */
#define PIMVP_REFRESH_ENABLED 0x000Cu       /* ro, 32 bits: 0 or 1 */
#define PIMVP_REFRESH_PERIOD 0x0010u        /* ro, 64 bits: ps */
#define PIMVP_REFRESH_LONGEST_PIECE 0x0018u /* ro, 64 bits: ps, a query for a longer access is an error */
#define PIMVP_REFRESH_QUERY 0x0100u         /* wo: struct pimvp_refresh_query */
#define PIMVP_REFRESH_LIVE 0x0140u          /* wo: struct pimvp_refresh_live */
#define PIMVP_REFRESH_DRAIN 0x0180u         /* wo: struct pimvp_refresh_drain */
#define PIMVP_REFRESH_GRANT 0x1000u /* ro: struct pimvp_refresh_grant, then its rows; any part of it */

#define PIMVP_REFRESH_ID_VALUE 0x48534652u
#define PIMVP_REFRESH_VERSION_VALUE 1u
#define PIMVP_REFRESH_NEVER UINT64_MAX
#define PIMVP_REFRESH_SIZE 0x80000000u

struct pimvp_refresh_query {
    uint64_t array_free_ps;    /* nothing of the macro runs from here on */
    uint64_t access_start_ps;  /* >= array_free_ps */
    uint64_t access_length_ps; /* <= LONGEST_PIECE */
};

struct pimvp_refresh_live {
    uint32_t row; /* first of `rows` wordlines */
    uint32_t rows;
    uint64_t since_ps;
};

struct pimvp_refresh_drain {
    uint64_t array_free_ps;
    uint64_t until_ps; /* refreshes that start earlier than this are granted */
};

struct pimvp_refresh_row {
    uint64_t start_ps;
    uint32_t row;
    uint32_t reserved;
};

struct pimvp_refresh_grant {
    uint64_t start_ps;     /* earliest start of the access; after DRAIN: until_ps */
    uint64_t ask_again_ps; /* PIMVP_REFRESH_NEVER: not before the next LIVE */
    uint32_t refreshes;    /* rows that follow, by start_ps */
    uint32_t reserved;
};

#endif
