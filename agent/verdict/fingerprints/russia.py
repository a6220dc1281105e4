"""Pages of filters in Russia, where every provider shows one of its own, and in Belarus, Ukraine and Central Asia.

What the providers' pages share is the law that they cite: that tells pages which nobody has listed yet.
"""

from __future__ import annotations

from agent.verdict.fingerprints.record import Page, Place, Scope, pages, places

LISTS = "Citizen Lab filtering-annotations; OONI blocking-fingerprints"
PLANET = "Censored Planet blockpage signatures; OONI blocking-fingerprints"

PLACES: tuple[Place, ...] = (
    *places(
        "RU",
        Scope.PROVIDER,
        LISTS,
        """
        erblock.crimea.com erblock.feonet.net subblock.mts.ru blocked.mts.ru warning.rt.ru block.rt.ru
        block.ip.center.rt.ru block.orionnet.ru site-blocked.ru block.intersat.ru zapret.2090000.ru
        195.146.65.20/block.html stat.profintel.ru/block blockpage.kmv.ru blacklist.planeta.tc 89.185.75.227/451
        81.163.39.153 blocked.mgts.ru block.mgts.ru block.kf.mgts.ru 62.112.121.68 rinet.ru/blocked
        block.naukanet.ru zapret-info.tis-dialog.ru t2blocked.com t2rkn.com 217.169.82.130 fz139.ttk.ru
        kaspnet.ru/sites/default/files/0.html 195.94.233.66 zapret.westcall.net 211.ru/149.html
        blocked.as20764.net block.ecotelecom.ru blocked.akado.ru rkn.pakt.ru rkn.ucanet.ru
        www.lanta-net.ru/zapret 193.203.61.234 www.skynet-kazan.com/_blocked block.k-telecom.org
        forbidden.podryad.tv blocked.netbynet.ru blocked.ti.ru blocked.tinkoff.ru blocked.ugmk-telecom.ru
        block.yaltanet.ru deny.cifra1.ru forbidden.2kom.ru forbidden.yota.ru cacti.telincom.ru/blocked
        rkn.clkon.net you-shall-not-pass.is74.ru sv-en.ru/block www.sv-en.ru/block m.megafonpro.ru/rkn
        www.ufanet.ru/blocking ufanet.ru/blocking 95.213.254.253 zapret-info.prometey.me blocked.inetvl.ru
        block.msk.avantel.ru blackhole.beeline.ru law.filter.comfortel.pro ban.convex.ru lawfilter.ertelecom.ru
        109.197.24.2 missing.info-link.ru 85.234.0.61 block.kmtn.ru error.link-region.ru 81.200.123.101
        megion.biz/block www.megion.biz/block miranda-media.ru/stop_rkn 89.223.47.135 notice.obit.ru/censored
        95.131.176.27 91.215.188.193 denied.sochi-online.com sovatelecom.ru/zapret zapret.stacktelecom.ru
        sv-tel.ru/ban 185.36.60.2/blocked www.teleseti.com/zapret blocked.wiland.ru mega.nn.ru/l7
        block.runnet.ru
        """,
    ),
    *places(
        "RU",
        Scope.PROVIDER,
        PLANET,
        """
        vasexperts.ru/test/blocked radugainternet.ru/kasat zapret.alestanet.ru vsevnet.ru/zapr mediakvant.ru/block
        rta-telecom.ru/deny www.arbuz.ru/zapret 217.25.208.13 zapret-info.b2b.at-home.ru alert.enicom.ru
        detect-web.signaltv.net blackhole.insysnet.ru noaccess.masterra.ru blocked.kvidex.ru hold.taiget.ru/block
        stop.edpnet.net/ru-censored www.telemagadan.ru/bloked host72.ru/blocked rknblock.tscrimea.ru
        rknblock.tscrimea.com billing.spb.rsvo.ru/blocked blackhole.piter-telecom.ru block.kamensktel.ru
        block.sivash.net block.strelatelecom.ru close.g-service.ru infolink.ru/messages/180 krsn.ru/redir
        law.vms56.ru redirects.tvhost.ru/ban rublacklist.sevstar.net 07.altegrosky.ru/180 dtel.ru/block
        stub.dianet.ru/forbidden www.maglan.ru/internet/blocked www.tmn.ru/cgi-bin/stub_html zapret-info.dsi.ru
        www.kristel.ru/?mode=zapret block.itnet33.ru block.westlan.ru deny.spacenet.ru
        intel.acmetelecom.ru/block iterika.ru/blocked mosnet.ru/customers/obsluzhivanie/blocked
        www.metro-set.ru/zapret redcom.ru/law notify.bashtel.ru/block zapret.iks.ru flex.ru/zapret
        blacklist.schelkovo-net.ru block.tk-miran.ru blacklist.miralogic.ru block.kvant-telecom.ru
        www.it-grad.ru/blockpage blockpage.govorit.ru 176.114.16.100/block_url 81.23.192.41
        www.divo.ru/%d0%b4%d0%b0%d0%bd%d0%bd%d1%8b%d0%b9-%d1%80%d0%b5%d1%81%d1%83%d1%80%d1%81
        block.pu.ru blocked.pstu.ru 185.217.199.167 block.rosintel.tk
        """,
    ),
    *places("RU", Scope.NATION, PLANET, "blocklist.rkn.gov.ru eais.rkn.gov.ru"),
    *places(
        "BY", Scope.PROVIDER, LISTS, "www.a1.by/mininfo www.velcom.by/mininfo 82.209.230.23 internet.mts.by/blocked"
    ),
    *places("UA", Scope.PROVIDER, PLANET, "blocked.triolan.com.ua cdn.kyivstar.ua/sites/default/files/lock_sites"),
    *places("UZ", Scope.NATION, LISTS, "reestr.mitc.uz"),
    *places("KG", Scope.PROVIDER, LISTS, "homeline.kg/access/blockpage"),
)

PAGES: tuple[Page, ...] = (
    *pages(
        "RU",
        Scope.NATION,
        f"{LISTS}: what the providers' pages share; Federal Laws 149-FZ, 139-FZ, 398-FZ, 187-FZ and 114-FZ",
        """
        law_149_access: доступ к … ограничен … на основании … 149-фз
        law_149_accordance: доступ к … ограничен в соответствии … 149-фз
        law_149_blocked: заблокирован … на основании … 149-фз
        law_149_blocked_by: заблокирован … в соответствии … 149-фз
        law_149_forbidden: доступ … запрещен … на основании … 149-фз
        law_139: доступ к … на основании 139
        court_or_other_grounds: доступ ограничен по решению суда или по иным основаниям
        by_court: доступ к … ограничен по решению суда
        by_court_site: сайт заблокирован по решению суда
        by_law_or_court: доступ к запрашиваемому вами | ограничен в соответствии с требованиями законодательства
        by_law: доступ к запрашиваемому вами | ограничен в соответствии с законодательством
        by_law_blocked: требованиями законодательства российской федерации доступ к … заблокирован
        by_law_blocked_then: доступ к … заблокирован в соответствии с требованиями законодательства
        by_law_of_country: доступ к … ограничен в соответствии с требованиями законодательства рф
        federal_laws: доступ к сайту ограничен в соответствии с федеральными законами
        register_entered: внесен в единый реестр … распространение котор
        register_included: включен в единый реестр … распространение котор
        register_included_all: включены в единый реестр … распространение котор
        register_met: попала в "единый реестр … распространение котор
        register_on_list: ресурс включен в список единого реестра
        register_genitive: едином реестре | доступ к ресурсу ограничен
        register_listed: внесен в реестр доменных имен | распространение котор | запрещено
        register_check: blocklist.rkn.gov.ru | доступ к ресурсу ограничен
        state_bodies: заблокирован по решению органов государственной власти
        state_bodies_power: заблокирован по решению органов власти
        watchdog_closed: доступ к … закрыт по решению роскомнадзора
        watchdog_limited: доступ к … ограничен по решению роскомнадзора
        watchdog_demand: доступ к … ограничен по требованию роскомнадзора
        watchdog_blocked: страница заблокирована роскомнадзором
        watchdog_title: [title] заблокировано роскомнадзором
        federal_law: заблокирован согласно федеральному законодательству
        laws_of_country: заблокирован в соответствии с законами рф
        law_russian_federation: доступ к … запрещен законом российской федерации
        decree_1101: данный ресурс заблокирован | 1101
        court_blocked: данный ресурс заблокирован | решению суда | минист
        limited_or_listed: доступ к запрашиваемому вами ресурсу ограничен | единый реестр
        why_limited: доступ к запрашиваемому ресурсу ограничен … возможные причины ограничения доступа
        why_access: доступ к … ограничен … возможные причины ограничения доступа
        forbidden_sites_register: в единый реестр запрещенных сайтов | доступ к
        by_public_authorities: blocked by decision of public authorities of russian federation
        """,
    ),
    *pages(
        "RU",
        Scope.PROVIDER,
        LISTS,
        """
        block_system: [title] =block-system
        federal_block: [title] =federal block
        ttk: [title] ttk :: доступ к ресурсу ограничен
        tis_dialog: [title] ресурс по данному адресу заблокирован
        post_ltd: [title] post ltd | [title] доступ ограничен
        orion: [title] орион телеком :: доступ запрещен
        tinkoff: [title] страница заблокирована роскомнадзором
        rostelecom: [title] доступ ограничен :: ростелеком
        ugmk: доступ к ресурсу заблокирован!
        akado: [code] utm_source=blocked-rkn
        is74: [code] you_shall_not_pass
        almatel: [code] ott_forbidden_reg
        sibset: роскомнадзор напоминает о вступлении в силу с 01 ноября 2012 года
        beeline: [code] beeline.ru/customers/help/safe-beeline | огранич
        ertelecom: [code] ua-42895529-7
        netbynet: [code] ua-23688716-21
        mgts: [code] ua-12816426-25
        megafon: [code] ua-97554836-1
        megafon_tag: [code] gtm-wbq8x7m
        crelcom: [code] ua-62111225-1
        strela: [code] ua-52529175-5
        teleseti: [code] yacounter43509064
        telincom: [code] yacounter48660917
        rostelecom_counter: [code] mc.yandex.ru/watch/38740850
        rostelecom_counter_2018: [code] mc.yandex.ru/watch/25730126
        vas_experts_counter: [code] mc.yandex.ru/watch/21144079
        vas_experts: support@vasexperts.ru
        westcall: [title] =access restricted! | государственной власти
        kaspnet: [code] i.imgur.com/kmkuxma.png
        planeta: доступ к данному ресурсу закрыт | [code] headertitle
        yota: [code] class="title title_h1">доступ ограничен
        svyaz_energo: [code] sv-en.ru/block | страница запрещена
        podryad: [code] header__logo__locked
        """,
    ),
    *pages(
        "BY",
        Scope.NATION,
        f"{LISTS}: what the providers' pages share; Belarus, Law on Mass Media",
        """
        ministry_of_information: ограничен … решения министерства информации республики беларусь
        ministry_of_information_by: міністэрства інфармацыі | абмежаваны
        """,
    ),
    *pages(
        "UA",
        Scope.NATION,
        f"{PLANET}; decree of the President of Ukraine 133/2017",
        """
        decree_access: доступ на цей ресурс | заблоковано відповідно до указу
        decree_blocking: блокування сайтів указом президента україни
        decree_limits: вимоги зазначеного указу | обмеження | веб-ресурсів
        decree_limited: доступ до даного сайту обмежений згідно
        visiting_forbidden: відвідування даного ресурсу заборонено
        resource_blocked: даний ресурс заблоковано
        decree_of_president: указу президента україни | заблок
        """,
    ),
    *pages(
        "KZ",
        Scope.NATION,
        PLANET,
        """
        threat_to_security: ресурста ақпараттық қауіпсіздікке төнетін қауіп
        """,
    ),
    *pages("KG", Scope.PROVIDER, PLANET, "judicial_decision: requested website has been blocked by judicial decision"),
    *pages("MD", Scope.PROVIDER, PLANET, "resource_blocked: [title] accesul interzis | [title] ресурс заблокирован"),
)
