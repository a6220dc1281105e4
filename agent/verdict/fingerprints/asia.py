"""Pages of filters in East, South and South-East Asia, and in Australia."""

from __future__ import annotations

from agent.verdict.fingerprints.record import Page, Place, Scope, pages, places

LISTS = "Citizen Lab filtering-annotations; OONI blocking-fingerprints"
PLANET = "Censored Planet blockpage signatures; OONI blocking-fingerprints"

PLACES: tuple[Place, ...] = (
    *places("KR", Scope.NATION, LISTS, "warning.or.kr www.warning.or.kr 121.166.148.217/warning"),
    *places(
        "KR",
        Scope.PROVIDER,
        LISTS,
        "cleanmobile01.nate.com cleanmobile02.nate.com cleanweb1.uplus.co.kr/kren cleanweb2.uplus.co.kr/kren",
    ),
    *places(
        "TH",
        Scope.NATION,
        LISTS,
        "103.86.50.16 103.208.24.21 125.26.170.3 prohibit.ais-idc.com illegal.mdes.go.th redir.csloxinfo.com/court",
    ),
    *places("TH", Scope.PROVIDER, LISTS, "124.40.225.20/?accessurl="),
    *places("IN", Scope.PROVIDER, LISTS, "www.airtel.in/dot airtel.in/dot"),
    *places("PK", Scope.PROVIDER, LISTS, "119.73.65.87:8080/redirect restrict.wateen.net restrictk.wateen.net"),
    *places("NP", Scope.PROVIDER, LISTS, "blockdomain.worldlink.com.np nta.gov.np/en/notice-regarding-site-block"),
    *places("MM", Scope.PROVIDER, LISTS, "notice.myanmarnet.com"),
    *places(
        "SG",
        Scope.PROVIDER,
        LISTS,
        "www.starhub.com/mda-blocked starhub.com/mda-blocked "
        "www.starhub.com/personal/broadband/value-added-services/safesurf/mda-blocked",
    ),
    *places(
        "CN",
        Scope.PROVIDER,
        PLANET,
        """
        batit.aliyun.com/alww dnspod.qcloud.com/static/webblock dnspod.qcloud.com/static/block
        imgcache.qq.com/wss/beian www.runxun.com/weibeian 220.231.20.138:9080 114.113.224.20:8123/feifa
        58.30.28.92/index
        """,
    ),
    *places("TW", Scope.CHOICE, f"{PLANET}: schools of the Ministry of Education", "twb.moe.edu.tw/deny"),
)

PAGES: tuple[Page, ...] = (
    *pages(
        "KR",
        Scope.NATION,
        f"{LISTS}; Korea Communications Standards Commission",
        """
        illegal_sites: 불법·유해정보(사이트)에 대한 차단
        commission: 귀하 … 방송통신심의위원회 … 차단
        """,
    ),
    *pages("KR", Scope.PROVIDER, LISTS, "youth: [title] =청소년 유해차단서비스"),
    *pages(
        "TH",
        Scope.NATION,
        f"{LISTS}; Computer Crime Act, Ministry of Digital Economy and Society",
        """
        ministry: access to this website has been disabled because the ministry of digital econom
        ministry_thai: การเข้าถึงเว็บไซต์นี้ถูกระงับ | กระทรวงดิจิทัล
        ministry_ict: access to this website has been disabled | ministry of information and communication technology
        ministry_ict_thai: ถูกระงับการเผยแพร่
        court_order: ถูกปิดกั้น | คำสั่งศาล
        court_closed: ปิดกั้น | กระทรวงดิจิทัล
        seal: [code] src="mdes.jpg"
        """,
    ),
    *pages(
        "MY",
        Scope.NATION,
        f"{LISTS}; Communications and Multimedia Commission",
        """
        law: this website is not available in malaysia as it violate
        law_malay: laman sesawang ini tidak dapat diakses di malaysia
        """,
    ),
    *pages(
        "IN",
        Scope.NATION,
        f"{PLANET}; Department of Telecommunications, IT Act 2000",
        """
        department: has been blocked as per … department of telecommunications
        department_directions: blocked as per the directions received from department of telecommunications
        orders: website has been blocked as per instructions … government
        dot: access denied as per dot/trai guidelines
        competent_authority: this site has been blocked as per the instructions of competent authority
        court: access to this site is prohibited as per instructions from authority
        ministry: blocked as per order of ministry of electronics and information technology
        page_requested: your requested url has been blocked as per the directions
        """,
    ),
    *pages(
        "PK",
        Scope.NATION,
        f"{LISTS}; Pakistan Telecommunication Authority",
        """
        surf_safely: prohibited for viewership from within pakistan
        authority: site … not accessible … pakistan telecommunication authority
        """,
    ),
    *pages(
        "NP",
        Scope.NATION,
        f"{PLANET}; Nepal Telecommunications Authority",
        """
        authority: has been blocked as per … nepal telecommunications authority
        authority_directive: restricted as per the directive of nepal
        authority_policy: this web site has been blocked as per nta
        authority_title: [title] =block by nta
        authority_nepali: प्राधिकरणको निर्देशन | बन्द
        content: बन्देज लगाएको सामग्री
        """,
    ),
    *pages(
        "MM",
        Scope.NATION,
        f"{LISTS}; OONI 2020 on Myanmar",
        """
        ministry: blocked as per directive received from the ministry of transport and communications
        ministry_short: sorry, this url is not available from myanmar
        legal_text: [code] src="legaltext.png"
        """,
    ),
    *pages(
        "PH",
        Scope.NATION,
        PLANET,
        """
        ntc: ntc memorandum circular | internet service providers
        """,
    ),
    *pages(
        "SG",
        Scope.NATION,
        f"{LISTS}; Censored Planet blockpage signatures",
        """
        court: blocked pursuant to an order of the high court of singapore
        court_location: pursuant to an order of the high court of singapore
        court_ordered: the high court of singapore has ordered a blocking of access
        prohibited: you are trying to access is unavailable as it contains prohibited material
        police: site requested is unavailable as it contains prohibited material that is against the public interest
        """,
    ),
    *pages(
        "CN",
        Scope.PROVIDER,
        f"{PLANET}; MIIT decree 33 on the registration of web sites",
        """
        registration_or_ban: 未进行备案或涉及发布违禁信息 | 无法访问
        registration_rule: 您的域名因未取得工信部 | 屏蔽访问
        registration_stopped: 该域名未备案 | 已被封停
        registration_check: 该域名未备案，请联系机房核实
        registration_title: [title] =网站未备案提示
        registration_violates: 违反工信部、公安部相关规定而无法访问
        intercepted: 您访问的网站被机房安全管理系统拦截
        shielded: 您访问的网站被屏蔽，有可能是以下原因造成
        shielded_name: 您的域名被屏蔽访问的原因
        cut: [title] 非法阻断
        cut_said: 很抱歉，该网页已被阻断
        cut_page: [title] 阻断页面
        fraud_centre: 国家反诈中心 | 访问
        unavailable: 温馨提示：该网站暂时无法访问，有可能是以下原因
        """,
    ),
    *pages(
        "AU",
        Scope.NATION,
        f"{LISTS}; Copyright Act 1968, section 115A",
        """
        court: access to this website has been disabled by an order of the federal court of australia
        court_notice: disabled because the federal court of australia has determined
        """,
    ),
    *pages(
        "TW",
        Scope.CHOICE,
        f"{PLANET}: schools",
        """
        schools: [title] 不當資訊防護系統
        schools_malware: [title] 惡意網站防護系統
        """,
    ),
)
