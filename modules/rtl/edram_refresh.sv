// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// When the rows of one gain-cell array are refreshed, between its accesses. Row r falls due at floor(r period / ROWS) +
// k period, in cycles since reset, if it holds data by then. While the array is idle a refresh starts when it is due. When
// a refresh and an access could both start, the access goes first if it ends before the due time + postpone; what falls
// due meanwhile waits for its end. So refreshes start in the order in which they fell due. No row is due again
// before it was refreshed: the array is never busy for a whole period.
//
// Decisions fall at a clock edge and are seen behind it: `grant` says that the access of `request` has started at that
// edge, `refresh` that a row refresh has.
module edram_refresh #(
    parameter int ROWS = 128,
    localparam int ROW_BITS = $clog2(ROWS)
) (
    input  logic                   clk,
    input  logic                   rst,

    // period / ROWS and period mod ROWS; all others at least 1 but postpone
    input  logic [15:0]            slot_cycles,
    input  logic [ROW_BITS-1:0]    slot_remainder,
    input  logic [15:0]            row_cycles,
    input  logic [15:0]            postpone,

    // The row holds data from this edge on.
    input  logic                   live_write,
    input  logic [ROW_BITS-1:0]    live_row,

    input  logic                   array_busy,     // with what needs no grant
    input  logic                   request,        // until granted
    input  logic [15:0]            length,         // of the access
    output logic                   grant,
    output logic                   refresh,
    output logic [ROW_BITS-1:0]    refresh_row,
    output logic                   postponed,      // this refresh started behind its due time
    output logic [ROW_BITS:0]      waiting         // refreshes that are due
);
    // ---------------------------------------------------------------- which row falls due when
    logic [15:0]         until_due;                // edges
    logic [ROW_BITS-1:0] due_row;
    logic [ROW_BITS-1:0] remainder;
    logic [ROW_BITS:0]   next_remainder;
    logic [ROWS-1:0]     live;
    logic                due, carry, has_data, push;

    assign due = until_due == 16'd0;
    assign next_remainder = {1'b0, remainder} + {1'b0, slot_remainder};
    assign carry = next_remainder >= (ROW_BITS+1)'(ROWS);
    assign has_data = live[due_row] || (live_write && live_row == due_row);
    assign push = due && has_data;

    always_ff @(posedge clk) begin
        if (rst) begin
            until_due <= 16'd0;
            due_row <= '0;
            remainder <= '0;
            live <= '0;
        end else begin
            until_due <= due ? slot_cycles + 16'(carry) - 16'd1 : until_due - 16'd1;
            if (due) begin
                due_row <= due_row == ROW_BITS'(ROWS - 1) ? '0 : due_row + 1'b1;
                remainder <= ROW_BITS'(carry ? next_remainder - (ROW_BITS+1)'(ROWS) : next_remainder);
            end
            if (live_write) live[live_row] <= 1'b1;
        end
    end

    // ---------------------------------------------------------------- those that wait, in order
    logic [31:0]         now;
    logic [ROW_BITS-1:0] rows [ROWS];
    logic [31:0]         due_times [ROWS];
    logic [ROW_BITS-1:0] first, last;
    logic [ROW_BITS-1:0] head_row;
    logic [31:0]         age;                      // of the head, since its due time
    logic                has_head, pop;

    assign has_head = waiting != '0 || push;
    assign head_row = waiting != '0 ? rows[first] : due_row;
    assign age = waiting != '0 ? now - due_times[first] : 32'd0;

    always_ff @(posedge clk) begin
        if (rst) begin
            now <= 32'd0;
            first <= '0;
            last <= '0;
            waiting <= '0;
        end else begin
            now <= now + 32'd1;
            if (push) begin
                rows[last] <= due_row;
                due_times[last] <= now;
                last <= last == ROW_BITS'(ROWS - 1) ? '0 : last + 1'b1;
            end
            if (pop) first <= first == ROW_BITS'(ROWS - 1) ? '0 : first + 1'b1;
            waiting <= waiting + (ROW_BITS+1)'(push) - (ROW_BITS+1)'(pop);
        end
    end

    // ---------------------------------------------------------------- who gets the array
    logic [15:0] left;                             // edges at which the array is still busy
    logic        is_free, access_first, starts_access;

    assign is_free = left == 16'd0 && !array_busy;
    assign access_first = !has_head || age + 32'(length) <= 32'(postpone);
    assign starts_access = is_free && request && access_first;
    assign pop = is_free && has_head && !starts_access;

    always_ff @(posedge clk) begin
        grant <= !rst && starts_access;
        refresh <= !rst && pop;
        refresh_row <= head_row;
        postponed <= pop && age != 32'd0;
        if (rst) left <= 16'd0;
        else if (starts_access) left <= length - 16'd1;
        else if (pop) left <= row_cycles - 16'd1;
        else if (left != 16'd0) left <= left - 16'd1;
    end
endmodule
