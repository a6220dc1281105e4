"""Pages of filters in Europe and the Americas: mostly courts, and commissions for games of chance."""

from __future__ import annotations

from agent.verdict.fingerprints.record import Page, Place, Scope, pages, places

LISTS = "Citizen Lab filtering-annotations; OONI blocking-fingerprints"
PLANET = "Censored Planet blockpage signatures; OONI blocking-fingerprints"

PLACES: tuple[Place, ...] = (
    *places(
        "GR",
        Scope.NATION,
        PLANET,
        "www.gamingcommission.gov.gr/index.php/forbidden-access opi.gr/edppi_block www.opi.gr/edppi_block",
    ),
    *places("CY", Scope.NATION, PLANET, "nba.gov.cy nba.com.cy/eas www.nba.com.cy/eas"),
    *places("BE", Scope.NATION, PLANET, "webstop.gamingcommission.be networkmsg.telenet.be/blocked"),
    *places("EE", Scope.NATION, PLANET, "www.emta.ee/et/juurdepaas-blokeeritud redir.emta.ee"),
    *places("LT", Scope.NATION, PLANET, "blokuojama.lpt.lt stop.rtk.lt"),
    *places("LV", Scope.NATION, PLANET, "www.iaui.gov.lv/lv/pazinojums www.iaui.gov.lv/lv/azartspeles/bloketas"),
    *places("PL", Scope.NATION, LISTS, "www.finanse.mf.gov.pl/inne-podatki/podatek-od-gier"),
    *places("NO", Scope.NATION, LISTS, "block-no.altibox.net"),
    *places("DE", Scope.NATION, f"{PLANET}: clearing body for copyright", "notice.cuii.info"),
    *places("AT", Scope.PROVIDER, PLANET, "www.kabelplus.at/specialpages/gesperrte-websites"),
    *places("GB", Scope.NATION, PLANET, "www.ukispcourtorders.co.uk"),
    *places("IS", Scope.PROVIDER, PLANET, "www.siminn.is/sidur/netvarinn-lokud-sida"),
    *places("PT", Scope.PROVIDER, LISTS, "mobilegen.vodafone.pt/denied"),
    *places("IT", Scope.NATION, PLANET, "217.175.53.72"),
    *places("SK", Scope.NATION, PLANET, "www.overithraca.sk/webblokovany"),
    *places(
        "CO",
        Scope.NATION,
        PLANET,
        "www.coljuegos.gov.co/publicaciones/301824 www.merca.net.co/mintic "
        "www.coljuegos.gov.co/publicaciones/advertencia",
    ),
)

PAGES: tuple[Page, ...] = (
    *pages(
        "IT",
        Scope.NATION,
        f"{LISTS}; Censored Planet; AGCOM regulation 680/13/CONS; customs and monopolies agency (ADM)",
        """
        agcom: [title] agcom stop page
        agcom_said: disabilitato in esecuzione di un provvedimento | garanzie nelle comunicazioni
        agcom_right: sensi del regolamento in materia di tutela del diritto
        adm: [code] matomo giochi illegali adm
        finance_police: [title] gdf stop page
        finance_police_code: [code] gdf stop page
        finance_police_page: [title] =guardia di finanza | sequestr
        post_police: polizia postale e delle comunicazioni | pagina bloccata
        warning: [title] avvertenza - sito non raggiungibile
        warning_said: avvertenza - sito non raggiungibile
        seized: [title] sito web sottoposto a sequestro
        darkened: sito oscurato per ordine
        not_reachable: sito internet non raggiungibile | giochi
        interdicted: accesso al sito richiesto è interdetto | su disposizione
        interdicted_plain: accesso al sito richiesto e' interdetto
        inhibition: inibizione siti | accesso
        """,
    ),
    *pages("FR", Scope.NATION, LISTS, "terrorism: [code] page-blocage-terrorisme"),
    *pages(
        "BE",
        Scope.NATION,
        f"{LISTS}; Censored Planet blockpage signatures",
        """
        illegal_content: offers content that is considered illegal according to belgian legislation
        illegal_plain: considered illegal according to belgian legislation
        games: this gambling site is illegal in belgium
        games_dutch: stoppagina doorverwezen | belgische wetgeving
        """,
    ),
    *pages(
        "DK",
        Scope.NATION,
        f"{LISTS}; Censored Planet blockpage signatures",
        """
        blocked: lagt at blokere for adgang til siden
        illegal_site: du var på vej ind på en ulovlig hjemmeside
        stop_page: [code] mailto:filter-stopside@tdc.dk
        """,
    ),
    *pages(
        "SE",
        Scope.NATION,
        PLANET,
        "patent_court: blockerad efter ett beslut från patent\nblocked: sidan du försöker nå är blockerad",
    ),
    *pages("NO", Scope.NATION, PLANET, "district_court: tingretten har pålagt | blokkering"),
    *pages("IS", Scope.NATION, PLANET, "injunction: sýslumaðurinn í reykjavík | lögbann"),
    *pages(
        "GB",
        Scope.NATION,
        "Censored Planet blockpage signatures; High Court orders under the Copyright Act, section 97A",
        """
        court: access to this website has been blocked under an order of the high court
        court_pursuant: blocked pursuant to orders of the high court
        """,
    ),
    *pages("DE", Scope.NATION, PLANET, "copyright: [title] website gesperrt | urheberrecht"),
    *pages(
        "PT",
        Scope.NATION,
        LISTS,
        """
        court: [title] bloqueado por ordem judicial
        judicial_entity: [title] acesso bloqueado por entidade judici
        order: o site a que se pretende aceder | bloqueado
        """,
    ),
    *pages("ES", Scope.NATION, LISTS, "domain: [title] =dominio-no-disponible"),
    *pages(
        "RO",
        Scope.NATION,
        LISTS,
        """
        games: accesul dumneavoastră către acest site a fost restricționat
        games_office: restricționat de oficiul național pentru jocuri de noroc
        """,
    ),
    *pages(
        "BG",
        Scope.NATION,
        PLANET,
        """
        games_law: съгласно закон за хазарта | районен съд
        commission: може да получите на сайта на държавната комисия
        not_permitted: търсената от вас страница е с неразрешено съдържание
        """,
    ),
    *pages(
        "SK",
        Scope.NATION,
        PLANET,
        "court: stránka je na základe príkazu súdu zablokovaná\nprevented: prístup k webovému sídlu bol zamedzený",
    ),
    *pages("RS", Scope.NATION, PLANET, "games: zakonom je zabranjeno omogućavanje učestvovanja u igrama na sreću"),
    *pages("LV", Scope.NATION, PLANET, "games: izložu un azartspēļu uzraudzības inspekcijas"),
    *pages("GR", Scope.NATION, PLANET, "games: επιτροπή εποπτείας και ελέγχου παιγνίων"),
    *pages("PL", Scope.NATION, PLANET, "forbidden_site: próbujesz uzyskać dostęp do zabronionej witryny"),
    *pages(
        "CA",
        Scope.NATION,
        f"{LISTS}; Federal Court file T-1169-19",
        """
        court_blocked: blocked by an order issued by the federal court of canada
        court_disabled: has been disabled pursuant to an order of the federal court
        teksavvy: teksavvy has been forced to block the site
        """,
    ),
    *pages(
        "CO",
        Scope.NATION,
        LISTS,
        """
        ministry: bloquead | por disposición del ministerio de las tic
        ministry_long: bloqueado por disposición del ministerio de las tecnologías
        """,
    ),
)
