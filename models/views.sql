-- The views that analysts read, described in DICTIONNAIRE.md. Plain SQL: SQLite and PostgreSQL run the same text.
-- A file whose path now holds other bytes has left document_paths, so an outdated document shows in no view.

CREATE VIEW v_documents AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(t.departments AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS departements,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(t.cpv AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS cpv,
    p.name AS fichier,
    p.path AS chemin,
    COALESCE(r.doc_type, 'autre') AS type_document,
    COALESCE(type_code.label, r.doc_type, 'autre') AS libelle_type_document,
    d.status AS etat,
    COALESCE(r.pages, 0) AS pages,
    COALESCE(r.family, t.family) AS famille,
    family_code.label AS libelle_famille,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(r.families AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS familles,
    (SELECT COUNT(*) FROM clauses c WHERE c.reading_id = r.id AND c.hidden_by IS NULL) AS nb_clauses,
    (SELECT COUNT(*) FROM volumes v WHERE v.reading_id = r.id AND v.hidden_by IS NULL) AS nb_volumes,
    (SELECT COUNT(*) FROM problems b WHERE b.reading_id = r.id) AS nb_problemes,
    copies.number AS nb_copies,
    d.size AS octets,
    COALESCE(r.seconds, 0) AS secondes,
    d.sha256 AS sha256,
    d.fingerprint AS empreinte,
    d.run_id AS traitement,
    run.started_at AS traite_le,
    d.id AS document_id,
    t.id AS consultation_id,
    r.id AS lecture
FROM (
    SELECT document_id, tender_id, MIN(path) AS path, COUNT(*) AS number
    FROM document_paths GROUP BY document_id, tender_id
) copies
JOIN document_paths p ON p.path = copies.path
JOIN documents d ON d.id = copies.document_id
JOIN runs run ON run.id = d.run_id
LEFT JOIN readings r ON r.document_id = d.id AND r.is_current
LEFT JOIN tenders t ON t.id = copies.tender_id
LEFT JOIN codes type_code ON type_code.kind = 'doc_type' AND type_code.code = COALESCE(r.doc_type, 'autre')
LEFT JOIN codes family_code ON family_code.kind = 'family' AND family_code.code = COALESCE(r.family, t.family)
ORDER BY t.key NULLS FIRST, p.path;

CREATE VIEW v_lots AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    known.number AS lot,
    known.title AS lot_titre,
    COALESCE(known.family, t.family) AS famille,
    family_code.label AS libelle_famille,
    known.documents AS nb_documents,
    t.id AS consultation_id
FROM (
    SELECT p.tender_id, l.number, MIN(l.title) AS title, MIN(l.family) AS family,
           COUNT(DISTINCT r.document_id) AS documents
    FROM lots l
    JOIN readings r ON r.id = l.reading_id AND r.is_current
    JOIN document_paths p ON p.document_id = r.document_id
    GROUP BY p.tender_id, l.number
) known
JOIN tenders t ON t.id = known.tender_id
LEFT JOIN codes family_code ON family_code.kind = 'family' AND family_code.code = COALESCE(known.family, t.family)
ORDER BY t.key, LENGTH(known.number), known.number;

CREATE VIEW v_clauses AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    x.lot AS lot,
    COALESCE(own.title, other.lot_titre) AS lot_titre,
    COALESCE(own.family, other.famille, d.famille) AS famille,
    family_code.label AS libelle_famille,
    d.familles,
    c.category AS categorie,
    COALESCE(category_code.label, c.category) AS libelle_categorie,
    c.weight_percent AS poids_pourcent,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(c.legal_refs AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS references_legales,
    e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    (SELECT COUNT(*) FROM evidence n WHERE n.clause_id = c.id) AS nb_preuves,
    c.rule AS regle,
    CASE WHEN c.correction_id IS NULL THEN c.confidence ELSE 1.0 END AS confiance,
    d.document_id, d.consultation_id, c.id AS clause_id
FROM clauses c
JOIN v_documents d ON d.lecture = c.reading_id
JOIN clause_lots x ON x.clause_id = c.id
LEFT JOIN lots own ON own.reading_id = c.reading_id AND own.number = x.lot
LEFT JOIN v_lots other ON other.consultation_id = d.consultation_id AND other.lot = x.lot
LEFT JOIN evidence e ON e.clause_id = c.id AND e.position = 0
LEFT JOIN codes category_code ON category_code.kind = 'category' AND category_code.code = c.category
LEFT JOIN codes family_code ON family_code.kind = 'family'
    AND family_code.code = COALESCE(own.family, other.famille, d.famille)
WHERE c.hidden_by IS NULL
ORDER BY d.consultation NULLS FIRST, d.chemin, e.page NULLS FIRST, c.id, LENGTH(x.lot), x.lot;

CREATE VIEW v_volumes AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    v.lot AS lot,
    COALESCE(own.title, other.lot_titre) AS lot_titre,
    COALESCE(own.family, other.famille, d.famille) AS famille,
    family_code.label AS libelle_famille,
    d.familles,
    v.category AS categorie,
    COALESCE(category_code.label, v.category) AS libelle_categorie,
    v.value AS valeur,
    v.value_max AS valeur_max,
    v.unit AS unite,
    COALESCE(unit_code.label, v.unit) AS libelle_unite,
    v.per AS par,
    COALESCE(per_code.label, v.per) AS libelle_par,
    v.per_amount_eur AS tranche_eur,
    v.threshold_eur AS seuil_eur,
    v.phase AS phase,
    v.bound AS borne,
    v.derived_hours AS heures_derivees,
    v.formula AS formule,
    e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    (SELECT COUNT(*) FROM evidence n WHERE n.volume_id = v.id) AS nb_preuves,
    v.rule AS regle,
    CASE WHEN v.correction_id IS NULL THEN v.confidence ELSE 1.0 END AS confiance,
    d.document_id, d.consultation_id, v.id AS volume_id
FROM volumes v
JOIN v_documents d ON d.lecture = v.reading_id
LEFT JOIN lots own ON own.reading_id = v.reading_id AND own.number = v.lot
LEFT JOIN v_lots other ON other.consultation_id = d.consultation_id AND other.lot = v.lot
LEFT JOIN evidence e ON e.volume_id = v.id AND e.position = 0
LEFT JOIN codes category_code ON category_code.kind = 'category' AND category_code.code = v.category
LEFT JOIN codes unit_code ON unit_code.kind = 'unit' AND unit_code.code = v.unit
LEFT JOIN codes per_code ON per_code.kind = 'per' AND per_code.code = v.per
LEFT JOIN codes family_code ON family_code.kind = 'family'
    AND family_code.code = COALESCE(own.family, other.famille, d.famille)
WHERE v.hidden_by IS NULL
ORDER BY d.consultation NULLS FIRST, d.chemin, e.page NULLS FIRST, v.id;

CREATE VIEW v_penalites AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    n.amount_eur AS montant_eur,
    n.per AS par,
    COALESCE(per_code.label, n.per) AS libelle_par,
    e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    n.rule AS regle,
    n.confidence AS confiance,
    d.document_id, d.consultation_id
FROM penalties n
JOIN v_documents d ON d.lecture = n.reading_id
LEFT JOIN evidence e ON e.penalty_id = n.id AND e.position = 0
LEFT JOIN codes per_code ON per_code.kind = 'penalty_per' AND per_code.code = n.per
ORDER BY d.consultation NULLS FIRST, d.chemin, e.page NULLS FIRST, n.id;

CREATE VIEW v_contacts AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    n.organisation AS organisme,
    n.email AS courriel,
    n.phone AS telephone,
    COALESCE(role_code.label, n.role) AS role,
    e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    d.document_id, d.consultation_id
FROM contacts n
JOIN v_documents d ON d.lecture = n.reading_id
LEFT JOIN evidence e ON e.contact_id = n.id AND e.position = 0
LEFT JOIN codes role_code ON role_code.kind = 'role' AND role_code.code = n.role
ORDER BY d.consultation NULLS FIRST, d.chemin, e.page NULLS FIRST, n.id;

CREATE VIEW v_modalites AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    n.kind AS nature,
    COALESCE(kind_code.label, n.kind) AS libelle_nature,
    n.code AS modalite,
    COALESCE(term_code.label, n.code) AS libelle_modalite,
    e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    (SELECT COUNT(*) FROM evidence p WHERE p.term_id = n.id) AS nb_preuves,
    n.rule AS regle,
    n.confidence AS confiance,
    d.document_id, d.consultation_id
FROM terms n
JOIN v_documents d ON d.lecture = n.reading_id
LEFT JOIN evidence e ON e.term_id = n.id AND e.position = 0
LEFT JOIN codes kind_code ON kind_code.kind = 'term_kind' AND kind_code.code = n.kind
LEFT JOIN codes term_code ON term_code.kind = n.kind AND term_code.code = n.code
ORDER BY d.consultation NULLS FIRST, d.chemin, e.page NULLS FIRST, n.id;

CREATE VIEW v_absences AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    a.category AS categorie,
    COALESCE(category_code.label, a.category) AS libelle_categorie,
    e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    a.rule AS regle,
    d.document_id, d.consultation_id
FROM absences a
JOIN v_documents d ON d.lecture = a.reading_id
LEFT JOIN evidence e ON e.absence_id = a.id AND e.position = 0
LEFT JOIN codes category_code ON category_code.kind = 'category' AND category_code.code = a.category
ORDER BY d.consultation NULLS FIRST, d.chemin, e.page NULLS FIRST, a.id;

CREATE VIEW v_problemes AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    d.etat,
    b.stage AS etape,
    COALESCE(stage_code.label, b.stage) AS libelle_etape,
    b.code AS code,
    b.message AS message,
    b.page AS page,
    d.traitement,
    d.document_id, d.consultation_id
FROM problems b
JOIN v_documents d ON d.lecture = b.reading_id
LEFT JOIN codes stage_code ON stage_code.kind = 'stage' AND stage_code.code = b.stage
ORDER BY d.consultation NULLS FIRST, d.chemin, b.page NULLS FIRST, b.id;

CREATE VIEW v_avis AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    t.state AS etat_consultation,
    COALESCE(state_code.label, t.state) AS libelle_etat_consultation,
    n.journal AS journal,
    n.notice_id AS numero,
    n.kind AS nature,
    COALESCE(kind_code.label, n.kind) AS libelle_nature,
    n.published AS parution,
    n.deadline AS limite,
    n.siret AS siret,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(n.departements AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS departements,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(n.cpv AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS cpv,
    n.procedure AS procedure,
    COALESCE(procedure_code.label, n.procedure) AS libelle_procedure,
    n.estimated_eur AS montant_estime_eur,
    (SELECT COUNT(*) FROM notice_lots l WHERE l.notice_id = n.id) AS nb_lots,
    (SELECT COUNT(*) FROM declared d WHERE d.notice_id = n.id) AS nb_declarations,
    (SELECT MIN(l.url) FROM notice_links l WHERE l.notice_id = n.id AND l.kind = 'notice') AS adresse_avis,
    (SELECT MIN(l.url) FROM notice_links l WHERE l.notice_id = n.id AND l.kind = 'documents') AS adresse_dossier,
    n.source AS source,
    n.raw_path AS fichier_brut,
    n.night_id AS nuit,
    n.document_id AS document_id,
    n.id AS avis_id,
    t.id AS consultation_id
FROM notices n
JOIN tenders t ON t.id = n.tender_id
LEFT JOIN codes state_code ON state_code.kind = 'tender_state' AND state_code.code = t.state
LEFT JOIN codes kind_code ON kind_code.kind = 'notice_kind' AND kind_code.code = n.kind
LEFT JOIN codes procedure_code ON procedure_code.kind = 'procedure' AND procedure_code.code = n.procedure
ORDER BY t.key, n.published NULLS FIRST, n.journal, n.notice_id;

CREATE VIEW v_declare AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    n.journal AS journal,
    n.notice_id AS numero,
    n.published AS parution,
    d.field AS champ,
    d.value AS valeur_declaree,
    d.meaning AS sens,
    COALESCE(meaning_code.label, d.meaning) AS libelle_sens,
    COALESCE(d.lot, '*') AS lot,
    NULLIF(d.text, '') AS texte,
    n.id AS avis_id,
    t.id AS consultation_id
FROM declared d
JOIN notices n ON n.id = d.notice_id
JOIN tenders t ON t.id = n.tender_id
LEFT JOIN codes meaning_code ON meaning_code.kind = 'meaning' AND meaning_code.code = d.meaning
ORDER BY t.key, n.published NULLS FIRST, n.journal, n.notice_id, d.position;

CREATE VIEW v_sources AS
SELECT
    s.name AS source,
    s.title AS nom_source,
    s.watermark AS repere,
    s.succeeded_at AS reussie_le,
    x.night_id AS nuit,
    x.started_at AS debut,
    x.finished_at AS fin,
    x.state AS etat,
    COALESCE(state_code.label, x.state) AS libelle_etat,
    x.message AS message,
    x.items AS nb_recus,
    x.new_notices AS nb_avis_nouveaux,
    x.changed_notices AS nb_avis_changes,
    x.downloads AS nb_telechargements,
    x.manual AS nb_a_la_main,
    x.problems AS nb_problemes,
    x.documents AS nb_documents,
    x.run_id AS traitement
FROM sources s
LEFT JOIN night_sources x ON x.source = s.name
LEFT JOIN codes state_code ON state_code.kind = 'source_state' AND state_code.code = x.state
ORDER BY s.name, x.night_id NULLS FIRST;

CREATE VIEW v_telechargements AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    d.source AS source,
    d.address AS adresse,
    d.kind AS nature,
    d.state AS etat,
    COALESCE(state_code.label, d.state) AS libelle_etat,
    d.code AS code,
    d.message AS message,
    d.name AS fichier,
    d.size AS octets,
    d.sha256 AS sha256,
    d.attempts AS nb_essais,
    first.started_at AS vu_le,
    last.started_at AS suivi_le,
    t.id AS consultation_id
FROM downloads d
JOIN nights first ON first.id = d.first_night_id
JOIN nights last ON last.id = d.night_id
LEFT JOIN tenders t ON t.id = d.tender_id
LEFT JOIN codes state_code ON state_code.kind = 'download_state' AND state_code.code = d.state
ORDER BY t.key NULLS FIRST, d.address, d.subject;
