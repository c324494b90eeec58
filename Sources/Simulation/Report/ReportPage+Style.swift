extension ReportPage {
    /// The page's style. Colours follow the reader's choice of light or dark; wide tables and drawings scroll or
    /// shrink. The text has no `<` and no `&`, which XML would interpret.
    static let style = """
        :root { --page: #fcfcfb; --ink: #1a1a19; --soft: #5c5b57; --line: #d9d8d3; --box: #f2f1ec; --c: var(--soft);
          --s0: #2a78d6; --s1: #eb6834; --s2: #1baf7a; --s3: #eda100; --s4: #e87ba4; --s5: #008300; --s6: #4a3aa7;
          --s7: #8c8b86; }
        @media (prefers-color-scheme: dark) {
          :root { --page: #1a1a19; --ink: #f4f3ef; --soft: #b3b2ac; --line: #3d3c39; --box: #262624;
            --s0: #3987e5; --s1: #d95926; --s2: #199e70; --s3: #c98500; --s4: #d55181; --s5: #2f9e2f; --s6: #9085e9;
            --s7: #83827d; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--page); color: var(--ink);
          font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.6rem; line-height: 1.2; margin: 0.5rem 0; }
        h2 { font-size: 1.2rem; margin: 2.5rem 0 0.25rem; }
        p { max-width: 46rem; margin: 0.25rem 0 0.75rem; }
        .verdict { font-weight: 600; }
        .violation { border-left: 0.4rem solid var(--s1); padding-left: 1rem; margin: 1rem 0; }
        .violation h2 { margin-top: 0; }
        dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.5rem; margin: 1rem 0; }
        dl div { background: var(--box); border-radius: 0.4rem; padding: 0.5rem 0.75rem; }
        dt { color: var(--soft); font-size: 0.85rem; }
        dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
        .pair { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
        @media (min-width: 60rem) { .pair { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); } }
        figure { margin: 0; }
        figcaption { color: var(--soft); font-size: 0.85rem; }
        svg { display: block; width: 100%; height: auto; max-width: 48rem; margin-bottom: 0.5rem; overflow: visible; }
        svg text { font: 12px system-ui, sans-serif; fill: var(--soft); paint-order: stroke; stroke: var(--page);
          stroke-width: 3px; stroke-linejoin: round; }
        @media (max-width: 40rem) { svg text { font-size: 19px; } }
        svg .note { fill: var(--ink); }
        svg .middle { text-anchor: middle; }
        svg .end { text-anchor: end; }
        .grid { stroke: var(--line); stroke-width: 1; }
        .axis { stroke: var(--soft); stroke-width: 1; }
        .marker { stroke: var(--ink); stroke-width: 1; }
        .reference { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 5 4; }
        .line { fill: none; stroke: var(--c); stroke-width: 2; }
        .dashed { stroke-dasharray: 6 4; }
        .whisker { stroke: var(--c); stroke-width: 2; }
        .dot { fill: var(--c); stroke: var(--page); stroke-width: 1; }
        .bar { fill: var(--c); }
        .s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); }
        .s4 { --c: var(--s4); } .s5 { --c: var(--s5); } .s6 { --c: var(--s6); } .s7 { --c: var(--s7); }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 0 0 0.5rem; padding: 0;
          font-size: 0.85rem; }
        .swatch { display: inline-block; width: 0.8rem; height: 0.8rem; border-radius: 0.15rem; margin-right: 0.35rem;
          background: var(--c); }
        .table { overflow: auto; max-height: 26rem; align-self: start; }
        table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; width: 100%; }
        caption { text-align: left; color: var(--soft); padding-bottom: 0.25rem; }
        th, td { text-align: right; padding: 0.2rem 0.5rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
        th:first-child { text-align: left; }
        thead th { color: var(--soft); font-weight: 600; }
        pre { background: var(--box); border-radius: 0.4rem; padding: 0.75rem; overflow-x: auto; }
        code { font-size: 0.85rem; white-space: pre-wrap; }
        """
}
